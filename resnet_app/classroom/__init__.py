"""A class session: many students draw what they are asked, a teacher sees what a model reads."""

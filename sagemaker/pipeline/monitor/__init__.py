"""Judges what an endpoint captured: is it still what the model was trained on, and are predictions still right?"""

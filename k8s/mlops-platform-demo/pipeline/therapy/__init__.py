"""The model platform's example: will a music-therapy session help its listener?"""

"""Operations on Spark frames and Arrow tables that PySpark lacks. Nothing here knows of features."""

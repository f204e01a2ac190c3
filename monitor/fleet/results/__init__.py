"""What an evaluated drive leaves behind: Parquet tables in a folder of any store that fsspec reaches."""

"""Records and files kept between builds, for every stage that caches something."""

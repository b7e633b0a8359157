"""What every slice uses: ids, refusals, money, paging, time and access. Imports no other package of the platform."""

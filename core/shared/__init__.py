"""What every slice stands on: ids, refusals, money, paging, time, and who is acting. Imports nothing else of ours."""

using Npgsql;

namespace Readings;

/// <summary>Compares the table of results with what the readings give when they are counted here.</summary>
internal static class Checker
{
    /// <summary>How many rows are missing, there too often, or not as they should be; and how many there are.</summary>
    public static async Task<(long Differences, long Rows, string First)> CompareAsync(RunSettings settings)
    {
        Dictionary<(int Sensor, long Second), (long Count, long Sum)> expected = Generated.Counted(settings.Rows);
        long differences = 0, rows = 0;
        string first = "";
        await using var connection = new NpgsqlConnection(settings.Connection);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"SELECT sensor, second, count, sum FROM {ReadingsPipeline.Table} ORDER BY sensor, second", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows++;
            (int, long) key = ((int)reader.GetInt64(0), reader.GetInt64(1));
            (long, long) found = (reader.GetInt64(2), reader.GetInt64(3));
            if (expected.Remove(key, out (long Count, long Sum) right) && right == found)
                continue;
            differences++;
            first = first.Length > 0 ? first : $"sensor and second {key}: {found}, not {right}, or a second time";
        }

        return (differences + expected.Count, rows,
            first.Length > 0 || expected.Count == 0 ? first : $"sensor and second {expected.First().Key} are missing");
    }
}

using Earthquakes;
using Npgsql;

namespace Readings;

/// <summary>How a table compares with what it must be.</summary>
/// <param name="What">What is in it.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Differences">Rows that are missing, there a second time, or not as they should be.</param>
/// <param name="First">The first of these; empty: there is none.</param>
internal sealed record Comparison(string What, long Rows, long Differences, string First);

/// <summary>Compares the tables of results with what the input gives when it is counted here.</summary>
internal static class Checker
{
    public static async Task<Comparison[]> CompareAsync(RunSettings settings)
    {
        await using var connection = new NpgsqlConnection(settings.Connection);
        await connection.OpenAsync();
        (Dictionary<(string Network, long Window), (long Count, double Strongest)> windows, long late) = Expected.Quakes();
        return
        [
            await CompareAsync(connection, "readings of a sensor and second", Expected.Seconds(settings.Rows),
                $"SELECT sensor, second, count, sum FROM {ReadingsPipeline.Seconds}",
                static row => ((row.GetInt64(0), row.GetInt64(1)), (row.GetInt64(2), row.GetInt64(3)))),
            await CompareAsync(connection, "sequences of readings", Expected.Sequences(settings.Rows),
                $"SELECT key, count, hash FROM {ReadingsPipeline.Order}",
                static row => ((row.GetInt64(0), row.GetInt64(1)), row.GetInt64(2))),
            await CompareAsync(connection, "earthquakes of a network and six hours", windows,
                $"SELECT network, window_start, count, max_magnitude FROM {EarthquakePipeline.Table}",
                static row => ((row.GetString(0), row.GetFieldValue<DateTimeOffset>(1).UtcTicks),
                    (row.GetInt64(2), row.IsDBNull(3) ? double.NegativeInfinity : row.GetDouble(3)))),
            await CompareAsync(connection, "count of late earthquakes", new Dictionary<int, long> { [0] = late },
                "SELECT count(*) FROM late", static row => (0, row.GetInt64(0))),
        ];
    }

    private static async Task<Comparison> CompareAsync<TKey, TValue>(NpgsqlConnection connection, string what,
        Dictionary<TKey, TValue> expected, string sql, Func<NpgsqlDataReader, (TKey, TValue)> read)
        where TKey : notnull
    {
        long differences = 0, rows = 0;
        string first = "";
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        for (; await reader.ReadAsync(); rows++)
        {
            (TKey key, TValue found) = read(reader);
            if (expected.Remove(key, out TValue? right) && EqualityComparer<TValue>.Default.Equals(right, found))
                continue;
            differences++;
            first = first.Length > 0 ? first : $"{key}: {found}, not {right}, or a second time";
        }

        return new Comparison(what, rows, differences + expected.Count,
            first.Length > 0 || expected.Count == 0 ? first : $"{expected.First().Key} is missing");
    }
}

using System.Globalization;
using Npgsql;

namespace Enrichment;

/// <summary>The table of users, and somebody who changes it all the time.</summary>
internal static class Users
{
    public const int AtFirst = 1000;

    public static async Task CreateAsync(string connectionString)
    {
        await ExecuteAsync(connectionString, $"""
            CREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY, name text NOT NULL, city text NOT NULL);
            INSERT INTO users SELECT i, 'user ' || i, 'city ' || i % 10 FROM generate_series(1, {AtFirst}) i WHERE NOT EXISTS (SELECT FROM users)
            """);
    }

    /// <summary>Moves users, lets some go and others come (back), until it is told to stop.</summary>
    /// <returns>How many transactions it made.</returns>
    public static async Task<int> ChangeAsync(string connectionString, int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        int transactions = 0;
        for (; !stop.IsCancellationRequested; transactions++)
        {
            int id = random.Next(1, AtFirst + 1);
            await ExecuteAsync(connectionString, random.Next(4) switch
            {
                0 => $"DELETE FROM users WHERE id = {id}",
                1 => $"INSERT INTO users VALUES ({id}, 'user {id}', 'city {random.Next(10)}') ON CONFLICT DO NOTHING",
                _ => $"UPDATE users SET city = 'city {random.Next(10)}' WHERE id BETWEEN {id} AND {id + random.Next(5)}",
            });
            await Task.Delay(1, CancellationToken.None);
        }

        return transactions;
    }

    /// <summary>What the enriched clicks must be, by the final tables.</summary>
    public static Task<string[]> ExpectedAsync(string connectionString, int clicks) =>
        ReadAsync(connectionString,
            $"SELECT c.id, c.page, u.name, u.city FROM ({ClicksAsSql(clicks)}) c JOIN users u ON u.id = c.user_id ORDER BY c.id");

    /// <summary>What the job has written into the database.</summary>
    public static Task<string[]> WrittenAsync(string connectionString) =>
        ReadAsync(connectionString, "SELECT click, page, name, city FROM enriched_clicks ORDER BY click");

    private static async Task<string[]> ReadAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await row.ReadAsync())
            rows.Add(Text(row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetString(3)));
        return [.. rows];
    }

    public static string Text(int click, string page, string name, string city) =>
        string.Create(CultureInfo.InvariantCulture, $"{click} {page} {name} {city}");

    private static string ClicksAsSql(int count) =>
        $"SELECT i AS id, 1 + (i * 7919::bigint % {AtFirst})::int AS user_id, '/page/' || i % 10 AS page FROM generate_series(1, {count}) i";

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

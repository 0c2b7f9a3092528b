using ActorStreams.Tests;
using Npgsql;

namespace ActorStreams.Sql.Tests.Expressions;

/// <summary>What PostgreSQL says of expressions: the text of each value, or the code of its error.</summary>
public sealed class PostgreSqlOracle : IDisposable
{
    private readonly NpgsqlConnection _connection;

    public PostgreSqlOracle()
    {
        _connection = new NpgsqlConnection(PostgreSqlServer.Shared.NewDatabase() + ";Pooling=false");
        _connection.Open();
        Run("SET TIME ZONE 'UTC'");
        Run("""
            CREATE FUNCTION try(expression text) RETURNS text AS $$
            DECLARE result text;
            BEGIN
                EXECUTE 'SELECT (' || expression || ')::text' INTO result;
                RETURN coalesce(result, 'NULL');
            EXCEPTION WHEN OTHERS THEN
                RETURN 'error ' || SQLSTATE;
            END $$ LANGUAGE plpgsql
            """);
    }

    /// <summary>One text for each expression: the value, <c>NULL</c>, or <c>error 22012</c>.</summary>
    public string[] Evaluate(IReadOnlyList<string> expressions)
    {
        using var command = new NpgsqlCommand("SELECT try(e) FROM unnest($1) WITH ORDINALITY AS u(e, n) ORDER BY n", _connection);
        command.Parameters.AddWithValue(expressions.ToArray());
        using NpgsqlDataReader reader = command.ExecuteReader();
        var results = new List<string>(expressions.Count);
        while (reader.Read())
            results.Add(reader.GetString(0));
        return [.. results];
    }

    /// <summary>The rows that a query gives, each value as a text.</summary>
    public string?[][] Query(string sql)
    {
        using var command = new NpgsqlCommand(sql, _connection) { AllResultTypesAreUnknown = true };
        using NpgsqlDataReader reader = command.ExecuteReader();
        var rows = new List<string?[]>();
        while (reader.Read())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(at => reader.IsDBNull(at) ? null : reader.GetString(at))]);
        return [.. rows];
    }

    /// <summary>Fills a table.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="lines">Rows as texts, columns divided by tabs.</param>
    public void Copy(string table, IEnumerable<string> lines)
    {
        using TextWriter writer = _connection.BeginTextImport($"COPY {table} FROM STDIN");
        foreach (string line in lines)
            writer.Write(line + "\n");
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>Runs a statement.</summary>
    public void Run(string sql)
    {
        using var command = new NpgsqlCommand(sql, _connection);
        command.ExecuteNonQuery();
    }
}

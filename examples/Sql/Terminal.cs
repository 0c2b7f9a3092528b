using ActorStreams;
using RadLine;
using Spectre.Console;

namespace SqlShell;

/// <summary>Reads statements as they are typed: the arrow keys bring back earlier ones, the tabulator completes words.</summary>
internal sealed class Terminal(SqlJob sql)
{
    private static readonly string[] s_words =
    [
        "SELECT", "FROM", "WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "CREATE TABLE", "CREATE SOURCE", "CREATE MATERIALIZED VIEW",
        "CREATE SINK", "INSERT INTO", "VALUES", "UPDATE", "DELETE FROM", "DROP", "EXPLAIN", "SHOW TABLES", "SHOW SOURCES",
        "SHOW MATERIALIZED VIEWS", "WATERMARK FOR", "EMIT ON WINDOW CLOSE", "TABLE(TUMBLE(TABLE", "DESCRIPTOR(", "INTERVAL",
    ];

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        AnsiConsole.MarkupLine("Statements end with a semicolon; [bold]quit[/] ends the program.");
        var editor = new LineEditor { Prompt = new LineEditorPrompt("sql>"), Completion = new Words(), MultiLine = true };
        while (await editor.ReadLine(cancellation) is { } text && text.Trim() is not ("quit" or "exit"))
        {
            try
            {
                foreach (SqlResult result in await sql.ExecuteAsync(text, cancellation))
                    Results.Show(result);
            }
            catch (ActorStreamsException error)
            {
                AnsiConsole.MarkupLineInterpolated($"[red]{error.Message}[/]");
            }
        }

        return 0;
    }

    private sealed class Words : ITextCompletion
    {
        public IEnumerable<string> GetCompletions(string prefix, string word, string suffix) =>
            s_words.Where(known => known.StartsWith(word, StringComparison.OrdinalIgnoreCase));
    }
}

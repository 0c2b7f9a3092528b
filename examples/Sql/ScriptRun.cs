using ActorStreams;
using Spectre.Console;

namespace SqlShell;

/// <summary>Runs the statements of a script, and shows what each gives. Queries see what files hold: they wait until it is read.</summary>
internal static class ScriptRun
{
    public static async Task<int> RunAsync(SqlJob sql, string script, CancellationToken cancellation)
    {
        foreach (string statement in SqlScript.StatementsOf(script))
        {
            try
            {
                if (statement.StartsWith("SELECT", StringComparison.OrdinalIgnoreCase) && sql.Job is not null)
                    await sql.ReadToEndAsync(cancellation);
                foreach (SqlResult result in await sql.ExecuteAsync(statement, cancellation))
                    Results.Show(result);
            }
            catch (ActorStreamsException error)
            {
                AnsiConsole.MarkupLineInterpolated($"[red]{error.Message}[/]");
                return 1;
            }
        }

        return 0;
    }
}

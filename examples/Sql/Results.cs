using ActorStreams;
using Spectre.Console;

namespace SqlShell;

/// <summary>Shows what statements give.</summary>
internal static class Results
{
    public static void Show(SqlResult result)
    {
        foreach (string warning in result.Warnings)
            AnsiConsole.MarkupLineInterpolated($"[yellow]{warning}[/]");
        if (result.Columns.Count > 0)
        {
            var table = new Table().Border(TableBorder.Rounded);
            foreach (SqlColumn column in result.Columns)
                table.AddColumn(new TableColumn(Markup.Escape(column.Name)));
            foreach (SqlRow row in result.Rows)
                table.AddRow([.. Enumerable.Range(0, row.Count).Select(at => Markup.Escape(row.Text(at) ?? "NULL"))]);
            AnsiConsole.Write(table);
        }

        AnsiConsole.MarkupLineInterpolated($"[grey]{result.Tag}[/]");
    }

    /// <summary>Shows a subscription, a line for each change of a row, until Ctrl-C or the end of the job.</summary>
    public static async Task FollowAsync(IAsyncEnumerable<SqlChanges> changes, CancellationToken cancellation)
    {
        try
        {
            await foreach (SqlChanges epoch in changes.WithCancellation(cancellation))
            {
                AnsiConsole.MarkupLineInterpolated($"[grey]epoch {epoch.Epoch}{(epoch.IsSnapshot ? ", all rows" : "")}[/]");
                foreach (Change<SqlRow> change in epoch.Changes)
                    AnsiConsole.MarkupLineInterpolated($"[{(change.Weight > 0 ? "green" : "red")}]{change.Weight:+0;-0} {change.Row}[/]");
            }
        }
        catch (OperationCanceledException)
        {
            AnsiConsole.MarkupLine("[grey]SUBSCRIBE TO … AS OF the last epoch WITH (SNAPSHOT = FALSE) goes on from here.[/]");
        }
    }
}

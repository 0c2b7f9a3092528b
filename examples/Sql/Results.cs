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
}

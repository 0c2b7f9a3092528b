using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Rows;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Connecting;

/// <summary>The standard output: a line for each row, with + or - before it where rows are taken back.</summary>
internal sealed class ConsoleConnector : Connector
{
    public override ChangelogMode Takes(ConnectorSettings settings) => ChangelogMode.Retract;

    public override void Write(ConnectorWriting write, ConnectorSettings settings)
    {
        settings.Done();
        bool hasSigns = write.Traits.Mode != ChangelogMode.InsertOnly;
        RowColumn[] columns = [.. write.Query.Columns.Select(static one => new RowColumn(one.Name, one.Type, one.IsNullable))];
        var rows = (Stream<Change<object?[]>>)write.Planner.PlanAs(write.Query, write.Emit, RowCarrier.Changes(ClrBoxes.Layout(columns)));
        rows.Map(change => new ConsoleLine((hasSigns ? change.Weight > 0 ? "+ " : "- " : "") +
                string.Join(" | ", change.Row.Select(static one => one is null ? "NULL" : ValueText.Of(one)))))
            .Write(write.Name, Sinks.Console<ConsoleLine>(static line => line.Text));
    }
}

/// <summary>A line to print.</summary>
internal readonly record struct ConsoleLine(string Text);

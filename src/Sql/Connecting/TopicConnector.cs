using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning;
using ActorStreams.Sql.Rows;

namespace ActorStreams.Sql.Connecting;

/// <summary>Topics of the job's store: rows with a field for each column; or, with <c>changes</c>, changes of such rows.</summary>
internal sealed class TopicConnector : Connector
{
    public override bool IsAppendOnly(ConnectorSettings settings) => !settings.Flag("changes", false);

    public override bool IsBounded(ConnectorSettings settings) => false;

    public override ChangelogMode Takes(ConnectorSettings settings) =>
        settings.Flag("changes", false) ? ChangelogMode.Retract : ChangelogMode.InsertOnly;

    public override PlannedRows Read(ConnectorReading read, ConnectorSettings settings)
    {
        bool areChanges = settings.Flag("changes", false);
        string topic = settings.Text("topic");
        settings.Done();
        Type wire = WireSource.Usual(settings.Table);
        Type row = areChanges ? typeof(Change<>).MakeGenericType(wire) : wire;
        return WireSource.Rows(read, settings.Table, wire, areChanges,
            WireSource.Call(typeof(TopicConnector), nameof(ReadTopic), [row], topic));
    }

    public override void Write(ConnectorWriting write, ConnectorSettings settings)
    {
        bool areChanges = settings.Flag("changes", false);
        string topic = settings.Text("topic");
        int partitions = (int)settings.Number("partitions", 1);
        settings.Done();
        IReadOnlyList<RelationColumn> columns = write.Query.Columns;
        Type wire = WireTypes.Of([.. columns.Select(static column => (column.Name, WireSource.UsualOf(column)))]);
        RowLayout made = ResultType.Of(wire, [.. columns.Select(static one => new RowColumn(one.Name, one.Type, one.IsNullable))],
            write.Name);
        RowCarrier carrier = areChanges ? RowCarrier.Changes(made) : RowCarrier.Plain(made);
        object rows = write.Planner.PlanAs(write.Query, write.Emit, carrier);
        WireSource.Call(typeof(TopicConnector), nameof(WriteTopic), [carrier.Type], rows, write.Name, topic, partitions);
    }

    public static Source<T> ReadTopic<T>(string topic) => Topics.Read<T>(topic);

    public static OperatorHandle WriteTopic<T>(Stream<T> rows, string name, string topic, int partitions) =>
        rows.Write(name, Topics.To<T>(topic, partitions));
}

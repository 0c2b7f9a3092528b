namespace ActorStreams.TestKit;

/// <summary>Writes rows as text into a table of the store; slow from time to time.</summary>
internal sealed class SimulatedTable<T>(SimulatedWorld world, string name) : Sink<T>
{
    private readonly TableSpec _table = new(name, [new TableColumn("row", ColumnType.Text)], TableMode.Insert);

    public override string Description => $"simulated table {name}";

    public override ChangelogMode Changelog => ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => SinkGuarantee.Transactional;

    public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
        new(new Writer(world, _table));

    private sealed class Writer(SimulatedWorld world, TableSpec table) : SlowWriter<T>(world)
    {
        public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            List<string> rows = Take();
            return new(rows.Count == 0 ? PreparedOutput.None : new PreparedOutput([new Rows(table, rows)]));
        }
    }

    private sealed class Rows(TableSpec table, List<string> rows) : TableWrite(table)
    {
        public override int Count => rows.Count;

        public override void Bind(int index, StoreRow row) => row.Set(0, rows[index]);
    }
}

/// <summary>Collects rows as text, is full now and then, and takes its time.</summary>
internal abstract class SlowWriter<T>(SimulatedWorld world) : SinkWriter<T>
{
    private const int FullAtRows = 24;

    private List<string> _rows = [];
    private int _unflushed;

    public override bool IsFull => _unflushed >= FullAtRows;

    public override void Write(in Chunk<T> chunk)
    {
        foreach (T row in chunk.Rows)
            _rows.Add(SimulatedWorld.TextOf(row));
        _unflushed += chunk.Count;
    }

    public override async ValueTask FlushAsync(CancellationToken cancellation)
    {
        if (world.Faults.Strikes(FaultKind.SlowSink, 150))
            await Task.Delay(world.Faults.Delay(), world.Clock, cancellation);
        else if (world.Faults.Target > 0 && world.Faults.Random.Chance(700))
            // as slow as any sink: barriers come meanwhile
            await Task.Delay(TimeSpan.FromMilliseconds(world.Faults.Random.Between(1, 80)), world.Clock, cancellation);
        _unflushed = 0;
    }

    protected List<string> Take()
    {
        List<string> rows = _rows;
        (_rows, _unflushed) = ([], 0);
        return rows;
    }
}

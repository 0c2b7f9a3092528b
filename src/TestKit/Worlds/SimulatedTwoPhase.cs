namespace ActorStreams.TestKit;

/// <summary>Stages the rows of an epoch under a ticket, and shows them when the ticket is handed in; a second time changes
/// nothing.</summary>
internal sealed class SimulatedTwoPhase<T>(SimulatedWorld world, string name) : Sink<T>, IShown
{
    private readonly List<List<string>> _staged = [];
    private readonly SortedSet<int> _committed = [];

    public string Name => name;

    public IEnumerable<string> Rows => _committed.SelectMany(ticket => _staged[ticket]);

    public override string Description => $"simulated two-phase sink {name}";

    public override ChangelogMode Changelog => ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => SinkGuarantee.TwoPhase;

    public override async ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation)
    {
        await Task.Yield();
        if (context.Handle is { } handle)
            Commit(handle);
        return new Writer(this, world);
    }

    private void Commit(byte[] handle) => _committed.Add(BitConverter.ToInt32(handle));

    private sealed class Writer(SimulatedTwoPhase<T> sink, SimulatedWorld world) : SlowWriter<T>(world)
    {
        public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            await Task.Yield();
            List<string> rows = Take();
            if (rows.Count == 0)
                return PreparedOutput.None;
            sink._staged.Add(rows);
            return new PreparedOutput([], BitConverter.GetBytes(sink._staged.Count - 1));
        }

        public override async ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation)
        {
            await Task.Yield();
            if (handle is not null)
                sink.Commit(handle);
        }
    }
}

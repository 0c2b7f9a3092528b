using ActorStreams.Authoring;
using Akka.Actor;
using Akka.TestKit;

namespace ActorStreams.TestKit;

/// <summary>A sink that tells each row to a probe of Akka.TestKit once its epoch is committed: what it tells is told once, whatever
/// crashes.</summary>
/// <typeparam name="T">The row.</typeparam>
public sealed class RowProbe<T> : Sink<T>
{
    private readonly TestKitBase _kit;
    private readonly Func<T, string> _text;
    private readonly Lock _lock = new();
    private readonly List<(T Row, long Epoch)> _prepared = [];

    internal RowProbe(TestKitBase kit, Func<T, string>? text) =>
        (_kit, _text, Probe) = (kit, text ?? (static row => SimulatedWorld.TextOf(row)), kit.CreateTestProbe());

    /// <summary>The probe: rows come to it as messages, for whatever else is expected of them.</summary>
    public TestProbe Probe { get; }

    /// <inheritdoc/>
    public override string Description => "row probe";

    /// <inheritdoc/>
    public override SinkGuarantee Guarantee => SinkGuarantee.TwoPhase;

    /// <inheritdoc/>
    public override ChangelogMode Changelog => ChangelogMode.Retract;

    /// <summary>The next committed row is this one.</summary>
    /// <param name="row">The row.</param>
    /// <param name="within">How long it is waited for, by the machine's clock; null: as the kit's settings say.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ExpectationException">Another one came.</exception>
    public async Task ExpectNextAsync(T row, TimeSpan? within = null, CancellationToken cancellation = default)
    {
        T came = await NextAsync(within, cancellation);
        if (!EqualityComparer<T>.Default.Equals(row, came))
            throw new ExpectationException($"Expected the row {_text(row)}, but {_text(came)} came.");
    }

    /// <summary>The next committed row satisfies a condition.</summary>
    /// <param name="where">The condition.</param>
    /// <param name="within">How long it is waited for, by the machine's clock; null: as the kit's settings say.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The row.</returns>
    /// <exception cref="ExpectationException">One came that does not.</exception>
    public async Task<T> ExpectNextAsync(Func<T, bool> where, TimeSpan? within = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(where);
        T came = await NextAsync(within, cancellation);
        return where(came) ? came : throw new ExpectationException($"The row {_text(came)} came, which does not satisfy the condition.");
    }

    /// <summary>No committed row is there that was not expected before. With <see cref="ActorStreamsTestKit.VirtualTime"/> everything that is
    /// left to do is done first, so it needs no wait.</summary>
    /// <exception cref="ExpectationException">One is.</exception>
    public void ExpectNone()
    {
        if (SimulatedSystem.FindLoopOf(_kit.Sys) is { } loop)
            loop.RunReady();
        if (Probe.HasMessages)
            throw new ExpectationException($"No row was expected, but {_text(((Told)Probe.ReceiveOne(TimeSpan.Zero)).Row)} came.");
    }

    /// <inheritdoc/>
    public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        Tell(context.CommittedEpoch);
        lock (_lock)
            _prepared.Clear();
        return new(new Writer(this));
    }

    private async Task<T> NextAsync(TimeSpan? within, CancellationToken cancellation) =>
        (await Probe.ExpectMsgAsync<Told>(within, cancellationToken: cancellation)).Row;

    private void Tell(long epoch)
    {
        lock (_lock)
        {
            foreach ((T row, long of) in _prepared)
            {
                if (of <= epoch)
                    Probe.Ref.Tell(new Told(row), ActorRefs.NoSender);
            }

            _prepared.RemoveAll(prepared => prepared.Epoch <= epoch);
        }
    }

    /// <summary>A row as a message, which may not be null.</summary>
    private sealed record Told(T Row);

    private sealed class Writer(RowProbe<T> probe) : SinkWriter<T>
    {
        private readonly List<T> _rows = [];

        public override void Write(in Chunk<T> chunk) => _rows.AddRange(chunk.Rows);

        public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            lock (probe._lock)
                probe._prepared.AddRange(_rows.Select(row => (row, epoch)));
            _rows.Clear();
            return new(PreparedOutput.None);
        }

        public override ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation)
        {
            probe.Tell(epoch);
            return ValueTask.CompletedTask;
        }
    }
}

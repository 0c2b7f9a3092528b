namespace ActorStreams.TestKit;

/// <summary>A sink that a test looks into, wherever the pipeline takes a <see cref="Sink{T}"/>. Looking runs the job until it is idle
/// first, so a test never waits.</summary>
/// <remarks>
/// It is outside of the job and survives its crashes, as a two-phase sink does: <see cref="Committed"/> shows committed epochs only, and
/// what a crashed run had written besides is gone.
/// </remarks>
/// <typeparam name="T">The row.</typeparam>
/// <param name="text">How a row is written in <see cref="ShouldEmit"/>; null: as its <c>ToString</c> writes it.</param>
public sealed class TestSink<T>(Func<T, string>? text = null) : Sink<T>
{
    private const int TurnsToFlush = 50;

    private readonly List<Written> _written = [];
    private SimulationScheduler? _scheduler;
    private long _committed;
    private int _seen;

    /// <summary>The rows of committed epochs, in the order in which they came.</summary>
    public IReadOnlyList<T> Committed =>
        [.. Look().Where(written => written.Epoch is > 0 && written.Epoch <= _committed).Select(written => written.Row)];

    /// <summary>The rows of committed epochs and those of the epoch under way.</summary>
    public IReadOnlyList<T> Rows => [.. Look().Select(written => written.Row)];

    /// <inheritdoc/>
    public override string Description => "test sink";

    /// <inheritdoc/>
    public override SinkGuarantee Guarantee => SinkGuarantee.TwoPhase;

    /// <inheritdoc/>
    public override ChangelogMode Changelog => Accepts;

    /// <summary>What it takes of rows that replace, delete or take back earlier ones: say here what the sink in production takes, and the
    /// test refuses the pipelines that it would refuse. Default: everything.</summary>
    public ChangelogMode Accepts { get; init; } = ChangelogMode.Retract;

    /// <summary>Fails unless exactly these rows came since it was called last, in this order: one a line, as text.</summary>
    /// <remarks>Several actors may emit in any order: run with one, or look at <see cref="Rows"/>.</remarks>
    /// <exception cref="ExpectationException">Other rows came; the message shows both.</exception>
    public void ShouldEmit(string expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        string[] wanted = expected.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string[] came = Texts(Rows.Skip(_seen));
        while (came.Length < wanted.Length && _scheduler?.AwaitAnything() == true)
            came = Texts(Rows.Skip(_seen));
        _seen += came.Length;
        if (wanted.AsSpan().SequenceEqual(came))
            return;
        string waiting = came.Length < wanted.Length && _scheduler is not null ? StreamTest.Waiting(_scheduler) : "";
        throw new ExpectationException(
            $"Expected {wanted.Length} rows:{Lines(wanted)}{Environment.NewLine}but {came.Length} came:{Lines(came)}" +
            (waiting.Length > 0 ? $"{Environment.NewLine}{waiting}" : ""));
    }

    /// <inheritdoc/>
    public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        _scheduler = SimulationScheduler.Running;
        _committed = context.CommittedEpoch;
        _written.RemoveAll(written => written.Epoch is 0 || written.Epoch > _committed);
        _seen = Math.Min(_seen, _written.Count);
        return new(new Writer(this, context.Writer));
    }

    /// <summary>Full after every row, and slow to take the next one.</summary>
    internal bool IsSlow { get; init; }

    internal string[] Texts(IEnumerable<T> rows) => [.. rows.Select(row => text?.Invoke(row) ?? SimulatedWorld.TextOf(row))];

    private static string Lines(string[] rows) => string.Concat(rows.Select(row => $"{Environment.NewLine}  {row}"));

    private List<Written> Look()
    {
        _scheduler?.RunReady();
        return _written;
    }

    private sealed record Written(T Row, int Writer)
    {
        /// <summary>The epoch that the row belongs to; 0 until its barrier.</summary>
        public long Epoch { get; set; }
    }

    private sealed class Writer(TestSink<T> sink, int number) : SinkWriter<T>
    {
        private bool _isFull;

        public override bool IsFull => _isFull;

        public override void Write(in Chunk<T> chunk)
        {
            _isFull = sink.IsSlow;
            foreach (T row in chunk.Rows)
                sink._written.Add(new Written(row, number));
        }

        public override async ValueTask FlushAsync(CancellationToken cancellation)
        {
            for (int turn = 0; turn < TurnsToFlush; turn++)
                await Task.Yield();
            _isFull = false;
        }

        public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            foreach (Written written in sink._written)
            {
                if (written.Epoch == 0 && written.Writer == number)
                    written.Epoch = epoch;
            }

            return new(PreparedOutput.None);
        }

        public override ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation)
        {
            sink._committed = epoch;
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>A test expected something else.</summary>
/// <param name="message">What was expected and what came.</param>
/// <param name="inner">What was thrown instead; null: nothing was.</param>
public sealed class ExpectationException(string message, Exception? inner = null) : Exception(message, inner);

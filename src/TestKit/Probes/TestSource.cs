using System.Globalization;

namespace ActorStreams.TestKit;

/// <summary>A source whose every step a test plays: rows, watermarks, records that cannot be read, failures, the end. Wherever the pipeline
/// takes a <see cref="Source{T}"/>, it takes this one, with all that the pipeline says of its source: event time, watermarks, idleness,
/// rate limit.</summary>
/// <remarks>
/// <para>Two kinds of source can be played. One of plain rows, such as a file, whose event times the pipeline finds itself
/// (<c>WithEventTime</c>): play <see cref="Element(T, int)"/>. One whose rows come with event times and watermarks, such as a topic: play
/// <see cref="Element(T, string, int)"/> and <see cref="Watermark(string, int)"/>. What the pipeline says goes first: with a watermark
/// strategy of its own it does not see those that are played. Where neither says a time, the rows have none, as those of a file that is
/// read without <c>WithEventTime</c>.</para>
/// <para>A partition for which nothing is played waits. It becomes idle as in production: by <see cref="StreamTest.AdvanceTime"/>, if the
/// pipeline's strategy says after which time. The source keeps all it was given, so a job that crashed or restarted reads it again.</para>
/// </remarks>
/// <example><code>
/// var clicks = new TestSource&lt;Click&gt;(partitions: 2);
/// var counts = new TestSink&lt;Count&gt;();
/// await using var test = await StreamTest.StartAsync(ClickCounts.Build(clicks, counts));   // Pipeline Build(Source&lt;Click&gt; clicks,
/// Sink&lt;Count&gt; counts)
///
/// clicks.Element(new Click("home", Time: TestTime.Of("12:00:10")));
/// </code></example>
/// <typeparam name="T">The row.</typeparam>
public sealed class TestSource<T> : Source<T>
{
    private readonly List<PlayedStep<T>>[] _partitions;
    private readonly List<Action> _waiting = [];
    private bool _isComplete;

    /// <summary>An empty source.</summary>
    /// <param name="partitions">The number of partitions; each has its own watermark, and the smallest counts.</param>
    /// <param name="silence">What it means that nothing is played: with <see cref="ActorStreams.Authoring.Silence.NothingHappens"/> it
    /// stands for a channel or an ingress, whose event time goes on with the clock (<see cref="StreamTest.AdvanceTime"/>).</param>
    /// <param name="hasInitialSnapshot">Plays a source whose first rows were there before, as those of a captured table: they end in each
    /// partition with <see cref="SnapshotEnd"/>.</param>
    public TestSource(int partitions = 1, Silence silence = Silence.SaysNothing, bool hasInitialSnapshot = false)
    {
        (Silence, HasInitialSnapshot) = (silence, hasInitialSnapshot);
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        _partitions = [.. Enumerable.Range(0, partitions).Select(_ => new List<PlayedStep<T>>())];
    }

    /// <inheritdoc/>
    public override string Description => "test source";

    /// <inheritdoc/>
    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    /// <inheritdoc/>
    public override bool CarriesEventTimes => true;

    /// <inheritdoc/>
    public override Silence Silence { get; }

    /// <inheritdoc/>
    public override bool HasInitialSnapshot { get; }

    /// <summary>The rows so far were those of the initial snapshot: a stream that is joined with a table of them may begin.</summary>
    /// <param name="partition">The partition whose snapshot ends.</param>
    public TestSource<T> SnapshotEnd(int partition = 0) => Add(partition, new PlayedStep<T>.OfSnapshotEnd());

    /// <summary>A row whose event time the pipeline finds itself; it has none if the pipeline does not.</summary>
    /// <param name="row">The row.</param>
    /// <param name="partition">The partition it comes from.</param>
    public TestSource<T> Element(T row, int partition = 0) => Add(partition, new PlayedStep<T>.OfRow(row, EventTime.MinValue));

    /// <summary>A row that comes with its event time.</summary>
    /// <param name="row">The row.</param>
    /// <param name="at">Its event time, unless the pipeline takes it from the row.</param>
    /// <param name="partition">The partition it comes from.</param>
    public TestSource<T> Element(T row, DateTimeOffset at, int partition = 0) =>
        Add(partition, new PlayedStep<T>.OfRow(row, at.ToMicros()));

    /// <summary>A row, at an event time as <see cref="TestTime"/> reads it.</summary>
    public TestSource<T> Element(T row, string at, int partition = 0) => Element(row, TestTime.Of(at), partition);

    /// <summary>The source says that no row with a smaller event time is to come from the partition; if one does, it is late.</summary>
    /// <remarks>For a pipeline that leaves watermarks to its source. One with a strategy of its own advances by its rows instead, and by
    /// nothing else.</remarks>
    public TestSource<T> Watermark(DateTimeOffset at, int partition = 0) => Add(partition, new PlayedStep<T>.OfWatermark(at.ToMicros()));

    /// <summary>A watermark, at an event time as <see cref="TestTime"/> reads it.</summary>
    public TestSource<T> Watermark(string at, int partition = 0) => Watermark(TestTime.Of(at), partition);

    /// <summary>A record that cannot be read as a row: the source's error policy decides what becomes of it.</summary>
    /// <param name="payload">The record as text.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="partition">The partition it comes from.</param>
    public TestSource<T> Reject(string payload, Exception error, int partition = 0)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ArgumentNullException.ThrowIfNull(error);
        return Add(partition, new PlayedStep<T>.OfRejected(payload, error));
    }

    /// <summary>The next read fails, once, like a connection that breaks: the job fails, or restarts and reads on, as its
    /// <c>JobOptions.Restart</c> says.</summary>
    /// <param name="error">What the read throws.</param>
    /// <param name="partition">The partition whose read fails.</param>
    public TestSource<T> Fail(Exception error, int partition = 0)
    {
        ArgumentNullException.ThrowIfNull(error);
        return Add(partition, new PlayedStep<T>.OfFailure(error));
    }

    /// <summary>Nothing more is to come: the watermark goes to the end of time, and the job completes once everything is
    /// committed.</summary>
    public TestSource<T> Complete()
    {
        lock (_waiting)
            _isComplete = true;
        return Wake();
    }

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new([.. Enumerable.Range(0, _partitions.Length).Select(number => number.ToString(CultureInfo.InvariantCulture))]);

    /// <inheritdoc/>
    public override ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(this, _partitions[int.Parse(partition, CultureInfo.InvariantCulture)], (int)(from?.Value ?? 0)));

    private TestSource<T> Add(int partition, PlayedStep<T> step)
    {
        if (_isComplete)
            throw new InvalidOperationException("The test source is complete: it takes nothing more.");
        if ((uint)partition >= (uint)_partitions.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(partition), partition,
                $"The test source has {_partitions.Length} partition(s), numbered from 0: make it with `new TestSource<T>(partitions: {partition + 1})`.");
        }

        lock (_waiting)
            _partitions[partition].Add(step);
        return Wake();
    }

    private TestSource<T> Wake()
    {
        Action[] waiting;
        lock (_waiting)
        {
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        foreach (Action wake in waiting)
            wake();
        return this;
    }

    private sealed class Reader(TestSource<T> source, List<PlayedStep<T>> steps, int at) : SourceReader<T>
    {
        private int _at = at;

        public override SourceOffset Offset => new(_at);

        public override bool HasSnapshotRows
        {
            get
            {
                lock (source._waiting)
                    return source.HasInitialSnapshot && !steps.Take(_at).Any(static step => step.EndsSnapshot);
            }
        }

        public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            while (!ReadReady(buffer))
            {
                if (WaitForMore() is not { } more)
                    return false;
                await using CancellationTokenRegistration registration = cancellation.UnsafeRegister(_ => more.TrySetCanceled(cancellation),
                    null);
                await more.Task;
            }

            return true;
        }

        /// <summary>Takes what is there.</summary>
        /// <returns>Whether anything was.</returns>
        private bool ReadReady(SourceBuffer<T> buffer)
        {
            lock (source._waiting)
                return ReadSteps(buffer);
        }

        private bool ReadSteps(SourceBuffer<T> buffer)
        {
            bool any = false;
            for (; _at < steps.Count && !buffer.IsFull; _at++)
            {
                // What comes before a failure is a read of its own, which succeeds.
                if (any && steps[_at].IsFailure)
                    return true;
                any |= steps[_at].ReadInto(buffer, _at);
            }

            return any;
        }

        /// <returns>What completes with the next step; null: none is to come.</returns>
        private TaskCompletionSource? WaitForMore()
        {
            var more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var scheduler = SimulationScheduler.Running;
            lock (source._waiting)
            {
                if (_at < steps.Count)
                    more.SetResult();
                else if (source._isComplete)
                    return null;
                source._waiting.Add(() =>
                {
                    scheduler?.Adopt();
                    more.TrySetResult();
                });
            }

            return more;
        }
    }
}

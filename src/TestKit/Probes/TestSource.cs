using System.Globalization;
using System.Runtime.InteropServices;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Stateless;
using ActorStreams.TestKit.Runtime;

namespace ActorStreams.TestKit;

/// <summary>A source that a test feeds: rows at event times, watermarks, the end. It keeps all it was given, so a crashed job reads it again.</summary>
/// <remarks>Its watermark advances only where <c>Watermark</c> says so, and with the end. Read it with <c>pipeline.Read(name, source)</c>.</remarks>
/// <typeparam name="T">The row.</typeparam>
public sealed class TestSource<T>
{
    private readonly List<TestElement<T>>[] _partitions;
    private readonly List<Action> _waiting = [];
    private bool _isComplete;

    /// <summary>An empty source.</summary>
    /// <param name="partitions">The number of partitions; each has its own watermark, and the smallest counts.</param>
    public TestSource(int partitions = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        _partitions = [.. Enumerable.Range(0, partitions).Select(_ => new List<TestElement<T>>())];
    }

    /// <summary>A row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="at">Its event time.</param>
    /// <param name="partition">The partition it comes from.</param>
    public TestSource<T> Element(T row, DateTimeOffset at, int partition = 0) => Add(partition, new TestElement<T>(row, true, at.ToMicros(), null));

    /// <summary>A row, at an event time as <see cref="TestTime"/> reads it.</summary>
    public TestSource<T> Element(T row, string at, int partition = 0) => Element(row, TestTime.Of(at), partition);

    /// <summary>No row with a smaller event time is to come from the partition; if one does, it is late.</summary>
    public TestSource<T> Watermark(DateTimeOffset at, int partition = 0) => Add(partition, new TestElement<T>(default!, false, at.ToMicros(), at));

    /// <summary>A watermark, at an event time as <see cref="TestTime"/> reads it.</summary>
    public TestSource<T> Watermark(string at, int partition = 0) => Watermark(TestTime.Of(at), partition);

    /// <summary>Nothing more is to come: the watermark goes to the end of time, and the job completes once everything is committed.</summary>
    public TestSource<T> Complete()
    {
        _isComplete = true;
        return Wake();
    }

    internal Stream<T> ReadIn(Pipeline pipeline, string name) => pipeline
        .Read(name, new Elements(this))
        .WithEventTime(element => element.Time, Watermarks.Punctuated<TestElement<T>>(element => element.Watermark))
        .Filter(element => element.IsRow)
        .Map(element => element.Row);

    private TestSource<T> Add(int partition, TestElement<T> element)
    {
        if (_isComplete)
            throw new InvalidOperationException("The test source is complete: it takes nothing more.");
        _partitions[partition].Add(element);
        return Wake();
    }

    private TestSource<T> Wake()
    {
        Action[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (Action wake in waiting)
            wake();
        return this;
    }

    private sealed class Elements(TestSource<T> source) : Source<TestElement<T>>
    {
        public override string Description => "test source";

        public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

        public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
            new([.. Enumerable.Range(0, source._partitions.Length).Select(number => number.ToString(CultureInfo.InvariantCulture))]);

        public override ValueTask<SourceReader<TestElement<T>>> OpenAsync(
            string partition, SourceOffset? from, SourceContext context, CancellationToken cancellation) =>
            new(new Reader(source, source._partitions[int.Parse(partition, CultureInfo.InvariantCulture)], (int)(from?.Value ?? 0)));
    }

    private sealed class Reader(TestSource<T> source, List<TestElement<T>> elements, int at) : SourceReader<TestElement<T>>
    {
        private int _at = at;

        public override SourceOffset Offset => new(_at);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<TestElement<T>> buffer, CancellationToken cancellation)
        {
            while (_at == elements.Count)
            {
                if (source._isComplete)
                    return false;
                await WaitAsync(cancellation);
            }

            for (; _at < elements.Count && !buffer.IsFull; _at++)
                buffer.Add(elements[_at], _at);
            return true;
        }

        private async Task WaitAsync(CancellationToken cancellation)
        {
            var more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var scheduler = TaskScheduler.Current as SimulationScheduler;
            source._waiting.Add(() =>
            {
                scheduler?.Adopt();
                more.TrySetResult();
            });
            await using CancellationTokenRegistration registration = cancellation.UnsafeRegister(_ => more.TrySetCanceled(cancellation), null);
            await more.Task;
        }
    }
}

/// <summary>What a test source gives: a row, or a watermark alone.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TestElement<T>(T Row, bool IsRow, long Time, DateTimeOffset? Watermark);

/// <summary>Lets pipelines read test sources.</summary>
public static class TestSourceReading
{
    /// <summary>Reads a test source: its rows, at the event times the test gave them.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <param name="source">The source.</param>
    public static Stream<T> Read<T>(this Pipeline pipeline, string name, TestSource<T> source)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(source);
        return source.ReadIn(pipeline, name);
    }
}

using ActorStreams.Core.Options;

namespace ActorStreams.TestKit;

/// <summary>What every operator must keep: the same rows come out however its input is cut up, however slow its output, wherever it
/// crashes, at any parallelism.</summary>
/// <example><code>
/// new OperatorContract&lt;Click, string&gt;(clicks => clicks.KeyBy(click => click.User).Process("sessions", () => new Sessions()))
///     .Element(new Click("ann"), at: "12:00")
///     .Watermark("13:00")
///     .Holds("""
///         ann 1 click
///         """);
/// </code></example>
/// <typeparam name="TIn">The operator's input.</typeparam>
/// <typeparam name="TOut">Its output.</typeparam>
/// <param name="operatorUnderTest">Builds the operator; called for every run.</param>
/// <param name="text">How a row of the output is written; null: as its <c>ToString</c> writes it.</param>
public sealed class OperatorContract<TIn, TOut>(Func<Stream<TIn>, Stream<TOut>> operatorUnderTest, Func<TOut, string>? text = null)
{
    private readonly List<Action<TestSource<TIn>>> _inputs = [];

    /// <summary>A row of the input.</summary>
    public OperatorContract<TIn, TOut> Element(TIn row, string at) => Then(source => source.Element(row, at));

    /// <summary>A row of the input.</summary>
    public OperatorContract<TIn, TOut> Element(TIn row, DateTimeOffset at) => Then(source => source.Element(row, at));

    /// <summary>A watermark of the input.</summary>
    public OperatorContract<TIn, TOut> Watermark(string at) => Then(source => source.Watermark(at));

    /// <summary>A watermark of the input.</summary>
    public OperatorContract<TIn, TOut> Watermark(DateTimeOffset at) => Then(source => source.Watermark(at));

    /// <summary>Runs the operator in every way there is; once the input is complete, exactly these rows must have come out, in any
    /// order.</summary>
    /// <param name="expected">One row a line.</param>
    /// <exception cref="ExpectationException">In some run other rows came out; the message says in which.</exception>
    public void Holds(string expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        string[] wanted = expected.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Array.Sort(wanted, StringComparer.Ordinal);
        foreach (int parallelism in (ReadOnlySpan<int>)[1, 2, 4])
        {
            JobOptions large = Options(parallelism, batchRows: 1024, laneBatches: 8),
                small = Options(parallelism, batchRows: 16, laneBatches: 1);
            JobOptions snapshots = small with { Snapshots = new SnapshotPolicy(JournalBytes: 1, JournalEvents: 2, BudgetBytes: 100) };
            Check($"in bulk, parallelism {parallelism}", wanted, large, isSlow: false, (_, _) => { });
            Check($"row by row, parallelism {parallelism}", wanted, small, isSlow: false, (test, _) => test.RunUntilIdle());
            Check($"output full, parallelism {parallelism}", wanted, small, isSlow: true, (_, _) => { });
            Check($"an epoch after every input, parallelism {parallelism}", wanted, small, isSlow: false, (test, _) => test.Commit());
            Check($"a crash after every input, from parallelism {parallelism} on", wanted, small, isSlow: false,
                (test, at) => test.Commit().CrashAndRestore(1 + ((at + parallelism) % 4)));
            Check($"snapshots and a crash after every other input, from parallelism {parallelism} on", wanted, snapshots,
                isSlow: parallelism == 2, (test, at) =>
            {
                test.Commit();
                if (at % 2 == 1)
                    test.CrashAndRestore(1 + (at % 4));
            });
        }

        for (int crash = 0; crash < _inputs.Count; crash++)
        {
            Check($"an epoch before and a crash after input {crash + 1}", wanted, Options(2, 16, 8), isSlow: crash % 2 == 1, (test, at) =>
            {
                if (at == crash - 1)
                    test.Commit();
                else if (at == crash)
                    test.CrashAndRestore();
            });
        }
    }

    private static JobOptions Options(int parallelism, int batchRows, int laneBatches) => new()
    {
        Parallelism = parallelism,
        Shards = 8,
        BatchRows = batchRows,
        LaneBatches = laneBatches,
        EpochInterval = TimeSpan.FromDays(40),
        MaxEventTimeAhead = null,
    };

    private void Check(string run, string[] wanted, JobOptions options, bool isSlow, Action<StreamTest, int> afterInput)
    {
        var source = new TestSource<TIn>();
        var sink = new TestSink<TOut>(text) { IsSlow = isSlow };
        StreamTest test = StreamTest.StartAsync(pipeline => operatorUnderTest(pipeline.Read("input", source)).Write("output", sink),
            options, seed: 7).GetAwaiter().GetResult();
        for (int at = 0; at < _inputs.Count; at++)
        {
            _inputs[at](source);
            afterInput(test, at);
        }

        source.Complete();
        test.RunUntilIdle();
        string[] came = sink.Texts(sink.Committed);
        bool isComplete = test.Job.Completion.IsCompletedSuccessfully;
        test.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Array.Sort(came, StringComparer.Ordinal);
        if (!isComplete)
            throw new ExpectationException($"Run '{run}': the job did not complete.");
        if (!wanted.AsSpan().SequenceEqual(came))
            throw new ExpectationException(
                $"Run '{run}': expected {wanted.Length} rows:{Lines(wanted)}{Environment.NewLine}but {came.Length} came:{Lines(came)}");
    }

    private static string Lines(string[] rows) => string.Concat(rows.Select(row => $"{Environment.NewLine}  {row}"));

    private OperatorContract<TIn, TOut> Then(Action<TestSource<TIn>> input)
    {
        _inputs.Add(input);
        return this;
    }
}

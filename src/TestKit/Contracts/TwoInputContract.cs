namespace ActorStreams.TestKit;

/// <summary>What every operator with two inputs must keep: <see cref="OperatorContract{TIn, TOut}"/> for two.</summary>
/// <remarks>
/// Inputs reach the operator in the order in which they are given only as far as the test waits in between. Where the result follows from
/// that order, or single changes do, say so with <paramref name="inOrder"/>, or compare what the output comes to with
/// <paramref name="outcome"/>.
/// </remarks>
/// <typeparam name="TLeft">The operator's left input.</typeparam>
/// <typeparam name="TRight">Its right input.</typeparam>
/// <typeparam name="TOut">Its output.</typeparam>
/// <param name="operatorUnderTest">Builds the operator; called for every run.</param>
/// <param name="outcome">What is compared; null: every row, as its <c>ToString</c> writes it.</param>
/// <param name="inOrder">The result depends on the order of the two inputs, so each input is taken in before the next one is given.</param>
public sealed class TwoInputContract<TLeft, TRight, TOut>(
    Func<Stream<TLeft>, Stream<TRight>, Stream<TOut>> operatorUnderTest, Func<IReadOnlyList<TOut>, IEnumerable<string>>? outcome = null,
        bool inOrder = false)
{
    private readonly List<Action<TestSource<TLeft>, TestSource<TRight>>> _inputs = [];

    /// <summary>A row of the left input.</summary>
    public TwoInputContract<TLeft, TRight, TOut> Left(TLeft row, string at) => Then((left, _) => left.Element(row, at));

    /// <summary>A row of the right input.</summary>
    public TwoInputContract<TLeft, TRight, TOut> Right(TRight row, string at) => Then((_, right) => right.Element(row, at));

    /// <summary>A watermark of both inputs.</summary>
    public TwoInputContract<TLeft, TRight, TOut> Watermarks(string at) => Then((left, right) =>
    {
        left.Watermark(at);
        right.Watermark(at);
    });

    /// <summary>Runs the operator in every way there is; once both inputs are complete, exactly these lines must be the outcome, in any
    /// order.</summary>
    /// <param name="expected">One a line.</param>
    /// <exception cref="ExpectationException">In some run another outcome came; the message says in which.</exception>
    public void Holds(string expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        string[] wanted = expected.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Array.Sort(wanted, StringComparer.Ordinal);
        foreach (int parallelism in (ReadOnlySpan<int>)[1, 3])
        {
            foreach (bool isSlow in (ReadOnlySpan<bool>)[false, true])
            {
                JobOptions options = Options(parallelism, isSlow);
                string how = $"parallelism {parallelism}{(isSlow ? ", output full" : "")}";
                Check($"in bulk, {how}", wanted, options, isSlow, (_, _) => { });
                Check($"row by row, {how}", wanted, options, isSlow, (test, _) => test.RunUntilIdle());
                Check($"an epoch after every input, {how}", wanted, options, isSlow, (test, _) => test.Commit());
                Check($"a crash after every input, {how}", wanted, options, isSlow,
                    (test, at) => test.Commit().CrashAndRestore(1 + ((at + parallelism) % 4)));
            }
        }

        for (int crash = 0; crash < _inputs.Count; crash++)
        {
            Check($"an epoch before and a crash after input {crash + 1}", wanted, Options(2, false), isSlow: crash % 2 == 1, (test, at) =>
            {
                if (at == crash - 1)
                    test.Commit();
                else if (at == crash)
                    test.CrashAndRestore();
            });
        }
    }

    private static JobOptions Options(int parallelism, bool isSlow) => new()
    {
        Parallelism = parallelism,
        Shards = 8,
        BatchRows = isSlow ? 16 : 1024,
        LaneBatches = isSlow ? 1 : 8,
        EpochInterval = TimeSpan.FromDays(40),
        MaxEventTimeAhead = null,
    };

    private void Check(string run, string[] wanted, JobOptions options, bool isSlow, Action<StreamTest, int> afterInput)
    {
        var left = new TestSource<TLeft>();
        var right = new TestSource<TRight>();
        var sink = new TestSink<TOut> { IsSlow = isSlow };
        StreamTest test = StreamTest.StartAsync(
            pipeline => operatorUnderTest(pipeline.Read("left-input", left), pipeline.Read("right-input", right)).Write("output", sink),
                options, seed: 7).GetAwaiter().GetResult();
        for (int at = 0; at < _inputs.Count; at++)
        {
            _inputs[at](left, right);
            if (inOrder)
                test.RunUntilIdle();
            afterInput(test, at);

            // What a crash has read again comes before the next input, too.
            if (inOrder)
                test.RunUntilIdle();
        }

        left.Complete();
        right.Complete();
        test.RunUntilIdle();
        string[] came = outcome is null ? sink.Texts(sink.Committed) : [.. outcome(sink.Committed)];
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

    private TwoInputContract<TLeft, TRight, TOut> Then(Action<TestSource<TLeft>, TestSource<TRight>> input)
    {
        _inputs.Add(input);
        return this;
    }
}

using System.Runtime.InteropServices;
using ActorStreams.Operators.Patterns.Matching;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams;

/// <summary>What has been matched so far, as a condition sees it; valid during the call. The row in question is not part of it.</summary>
/// <typeparam name="T">The stream's rows.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly ref struct PartialMatch<T>
{
    private readonly Evaluation<T> _evaluation;

    internal PartialMatch(Evaluation<T> evaluation) => _evaluation = evaluation;

    /// <summary>The event time of the row in question, in microseconds (in processing time: when it came).</summary>
    public long Time => _evaluation.Time;

    /// <summary>The event time of the row in question.</summary>
    public DateTimeOffset DateTime => EventTime.ToDateTimeOffset(Time);

    /// <summary>The rows taken by a stage so far.</summary>
    /// <param name="stage">The stage's handle; its own for what a repeated stage has taken before.</param>
    /// <exception cref="PipelineException">The pattern has no such stage.</exception>
    public StageSoFar<T, TStage> Of<TStage>(Pattern<T, TStage> stage)
        where TStage : T =>
        new(_evaluation, _evaluation.StageOf(stage));

    /// <summary>The rows taken by a stage so far, where there is no handle: in conditions that are made from text, say.</summary>
    /// <exception cref="PipelineException">The pattern has no such stage.</exception>
    public StageSoFar<T, T> this[string stage] => new(_evaluation, _evaluation.StageOf(stage));

    /// <summary>The rows taken by a stage so far, where its rows are those of the stream.</summary>
    /// <exception cref="PipelineException">The pattern has no such stage.</exception>
    public StageSoFar<T, T> this[Pattern<T, T> stage] => Of(stage);
}

/// <summary>The rows that a stage has taken so far; sums and extremes are kept as rows are taken, not found anew.</summary>
/// <remarks>Give a function that does not change (a static lambda, or one kept in a field): running values are remembered by
/// function.</remarks>
/// <typeparam name="T">The stream's rows.</typeparam>
/// <typeparam name="TStage">The stage's rows.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly ref struct StageSoFar<T, TStage>
    where TStage : T
{
    private readonly Evaluation<T> _evaluation;
    private readonly int _stage;

    internal StageSoFar(Evaluation<T> evaluation, int stage) => (_evaluation, _stage) = (evaluation, stage);

    /// <summary>The number of rows.</summary>
    public int Count => Buffer.CountOf(_evaluation.Node, _stage);

    /// <summary>Whether the stage has taken none.</summary>
    public bool IsEmpty => Buffer.Newest(_evaluation.Node, _stage) < 0;

    /// <summary>The newest row.</summary>
    /// <exception cref="InvalidOperationException">The stage has taken none.</exception>
    public TStage Last => IsEmpty ? throw Empty() : RowAt(Buffer.Newest(_evaluation.Node, _stage));

    /// <summary>The oldest row.</summary>
    /// <exception cref="InvalidOperationException">The stage has taken none.</exception>
    public TStage First
    {
        get
        {
            int first = -1;
            for (int at = Buffer.Newest(_evaluation.Node, _stage); at >= 0; at = Buffer.Newest(Buffer.Node(at).Previous, _stage))
                first = at;
            return first < 0 ? throw Empty() : RowAt(first);
        }
    }

    private MatchBuffer<T> Buffer => _evaluation.Buffer;

    /// <summary>The sum over the rows; 0 if there are none.</summary>
    public double Sum(Func<TStage, double> valueOf) => Running(valueOf).Sum;

    /// <summary>The average over the rows; 0 if there are none.</summary>
    public double Average(Func<TStage, double> valueOf) => Count is > 0 and int count ? Running(valueOf).Sum / count : 0;

    /// <summary>The smallest value; +∞ if there are no rows.</summary>
    public double Min(Func<TStage, double> valueOf) => Running(valueOf).Minimum;

    /// <summary>The largest value; -∞ if there are no rows.</summary>
    public double Max(Func<TStage, double> valueOf) => Running(valueOf).Maximum;

    /// <summary>A copy of the rows, the oldest first.</summary>
    public TStage[] ToArray()
    {
        var rows = new TStage[Count];
        int at = Buffer.Newest(_evaluation.Node, _stage);
        for (int i = rows.Length - 1; i >= 0; i--, at = Buffer.Newest(Buffer.Node(at).Previous, _stage))
            rows[i] = RowAt(at);
        return rows;
    }

    private RunningValue Running(Func<TStage, double> valueOf)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        return Buffer.Values.Of<TStage>(Buffer, _evaluation.Node, _stage, valueOf);
    }

    private TStage RowAt(int node) => (TStage)Buffer.Event(Buffer.Node(node).Event).Row!;

    private InvalidOperationException Empty() =>
        new($"Stage '{_evaluation.Automaton.Stages[_stage]}' has taken no row yet: ask IsEmpty first.");
}

using System.Runtime.CompilerServices;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;

namespace ActorStreams.Operators.Patterns.Text;

/// <summary>A compiled condition of a transition. User code in it runs at most once per row (or per row and run, where it looks at the
/// run).</summary>
internal abstract class Test<T>
{
    public static Test<T> Always { get; } = new Constant(true);

    public static Test<T> Never { get; } = new Constant(false);

    /// <summary>What every row that passes satisfies, by looking at the row alone; null: nothing is known.</summary>
    public virtual Func<T, bool>? Necessary => null;

    public abstract bool Passes(Evaluation<T> evaluation);

    public static Test<T> And(Test<T> first, Test<T> second)
    {
        if (first == Always || second == Never || first == second)
            return second;
        return second == Always || first == Never ? first : new Both(first, second);
    }

    public static Test<T> Or(Test<T> first, Test<T> second)
    {
        if (first == Never || second == Always || first == second)
            return second;
        return second == Never || first == Always ? first : new Either(first, second);
    }

    public static Test<T> Not(Test<T> test) => test switch
    {
        _ when test == Always => Never,
        _ when test == Never => Always,
        Negated negated => negated.Inner,
        _ => new Negated(test),
    };

    private sealed class Constant(bool value) : Test<T>
    {
        public override Func<T, bool>? Necessary => value ? null : static _ => false;

        public override bool Passes(Evaluation<T> evaluation) => value;
    }

    private sealed class Both(Test<T> first, Test<T> second) : Test<T>
    {
        public override Func<T, bool>? Necessary => (first.Necessary, second.Necessary) switch
        {
            ({ } a, { } b) => row => a(row) && b(row),
            var (a, b) => a ?? b,
        };

        public override bool Passes(Evaluation<T> evaluation) => first.Passes(evaluation) && second.Passes(evaluation);
    }

    private sealed class Either(Test<T> first, Test<T> second) : Test<T>
    {
        public override Func<T, bool>? Necessary => (first.Necessary, second.Necessary) is ({ } a, { } b) ? row => a(row) || b(row) : null;

        public override bool Passes(Evaluation<T> evaluation) => first.Passes(evaluation) || second.Passes(evaluation);
    }

    private sealed class Negated(Test<T> inner) : Test<T>
    {
        public Test<T> Inner { get; } = inner;

        public override bool Passes(Evaluation<T> evaluation) => !Inner.Passes(evaluation);
    }
}

/// <summary>User code that looks at the row alone.</summary>
internal sealed class RowTest<T>(int id, Func<T, bool> test) : Test<T>
{
    public override Func<T, bool> Necessary => test;

    public override bool Passes(Evaluation<T> evaluation)
    {
        ref Answer answer = ref evaluation.OfRow[id];
        if (answer == Answer.Unknown)
            answer = test(evaluation.Row) ? Answer.Yes : Answer.No;
        return answer == Answer.Yes;
    }
}

/// <summary>User code that looks at the run too.</summary>
internal sealed class RunTest<T>(int id, IterativeCondition<T, T> test) : Test<T>
{
    public override bool Passes(Evaluation<T> evaluation)
    {
        ref Answer answer = ref evaluation.OfRun[id];
        if (answer == Answer.Unknown)
            answer = test(evaluation.Row, new PartialMatch<T>(evaluation)) ? Answer.Yes : Answer.No;
        return answer == Answer.Yes;
    }
}

internal enum Answer : byte
{
    Unknown,
    No,
    Yes,
}

/// <summary>The row in question, the run it is tried on, and the answers so far.</summary>
internal sealed class Evaluation<T>(Automaton<T> automaton, MatchBuffer<T> buffer)
{
    private const int MostHandles = 64;
    private readonly List<(Pattern<T> Handle, int Stage)> _handles = [];
    public readonly Answer[] OfRow = new Answer[automaton.RowTests];
    public readonly Answer[] OfRun = new Answer[automaton.RunTests];
    public T Row = default!;
    public long Time;

    /// <summary>The last node of the run, or -1 of a run that is to begin.</summary>
    public int Node = -1;

    public Automaton<T> Automaton { get; } = automaton;

    public MatchBuffer<T> Buffer { get; } = buffer;

    public int StageOf(Pattern<T> handle)
    {
        foreach ((Pattern<T> known, int stage) in _handles)
        {
            if (ReferenceEquals(known, handle))
                return stage;
        }

        int number = StageOf(handle.StageName);
        if (_handles.Count < MostHandles)
            _handles.Add((handle, number));
        return number;
    }

    public int StageOf(string name)
    {
        int stage = Automaton.StageOf(name);
        return stage >= 0 ? stage
            : throw new PipelineException(
            $"A condition looks at stage '{name}', which the pattern does not have. Its stages: {string.Join(", ", Automaton.Stages)}.");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BeginRow(in T row, long time)
    {
        (Row, Time) = (row, time);
        OfRow.AsSpan().Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BeginRun(int node)
    {
        Node = node;
        if (OfRun.Length > 0)
            OfRun.AsSpan().Clear();
    }
}

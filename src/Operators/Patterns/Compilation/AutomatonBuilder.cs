using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Patterns.Compilation;

/// <summary>Makes the automaton of draft states: edges that proceed without a row are worked into those that take or pass over
/// one.</summary>
internal sealed class AutomatonBuilder<T>(List<DraftState<T>> drafts)
{
    private const int DefaultMaxRuns = 10_000;
    private const int MostRowFilters = 8;

    private readonly List<DraftState<T>> _numbered = [];
    private readonly Dictionary<DraftState<T>, int> _numbers = [];
    private readonly List<State<T>> _states = [];
    private readonly Dictionary<(DraftState<T> State, byte Heads), DraftState<T>> _begun = [];

    public Automaton<T> Build(DraftState<T> start, PatternShape<T> shape, string[] stages, string[] kinds, int rowTests, int runTests)
    {
        WaitApart();
        NumberOf(drafts.Single(state => state.Kind == DraftKind.Final));
        int startNumber = NumberOf(start);
        for (int i = 0; i < _numbered.Count; i++)
            _states.Add(Flatten(_numbered[i]));
        return new Automaton<T>
        {
            States = [.. _states],
            Start = startNumber,
            Stages = stages,
            StageKinds = kinds,
            RowTests = rowTests,
            RunTests = runTests,
            Within = shape.Within ?? 0,
            Skip = shape.Skip,
            MaxRuns = shape.MaxPartialMatches ?? DefaultMaxRuns,
            MayRepeat = MayRepeat(shape.Elements, isRepeated: false),
            StartFilter = StartFilter(_states[startNumber]),
            RowFilters = RowFilters(startNumber),
        };
    }

    /// <summary>
    /// A run that passes a row over while it could also have gone on without a row waits, from then on, in a state of its own that cannot:
    /// what comes after has a run of its own by then. So each way to match is found once.
    /// </summary>
    private void WaitApart()
    {
        foreach (DraftState<T> state in drafts.ToArray())
        {
            int ignore = state.Edges.FindIndex(edge => edge.Step == DraftStep.Ignore && edge.Target == state);
            if (ignore < 0 || state.Kind == DraftKind.Pending || !state.Edges.Any(edge => IsRealProceed(edge)))
                continue;
            var waiting = new DraftState<T>(state.Name + "~", state.Kind, state.Stage) { IsRelaxed = state.IsRelaxed, Heads = state.Heads };
            foreach (DraftEdge<T> edge in state.Edges)
            {
                if (!IsRealProceed(edge))
                    waiting.Edges.Add(edge.Target == state && edge.Step == DraftStep.Ignore ? edge with { Target = waiting } : edge);
            }

            state.Edges[ignore] = state.Edges[ignore] with { Target = waiting };
        }
    }

    private static bool IsRealProceed(DraftEdge<T> edge) => edge.Step == DraftStep.Proceed && edge.Target.Kind != DraftKind.Stop;

    private int NumberOf(DraftState<T> state)
    {
        if (_numbers.TryGetValue(state, out int number))
            return number;
        number = _numbered.Count;
        _numbers[state] = number;
        _numbered.Add(state);
        return number;
    }

    private State<T> Flatten(DraftState<T> state)
    {
        var reached = new List<(DraftState<T> State, Test<T> Path, byte Begun)>();
        Reach(state, Test<T>.Always, state.Heads, reached, []);

        var edges = new List<Edge<T>>();
        Test<T> stop = Test<T>.Never, isMatch = Test<T>.Never;
        int waiting = -1;
        long gap = 0;
        bool stays = state.Kind == DraftKind.Normal || state.Kind == DraftKind.Pending, isBounded = true,
            isPending = state.Kind == DraftKind.Pending;
        if (isPending)
            (gap, isBounded) = (state.Gap, state.Gap > 0);
        foreach ((DraftState<T> from, Test<T> path, byte begun) in reached)
        {
            if (from.Kind == DraftKind.Final)
            {
                isMatch = from == state ? isMatch : Test<T>.Or(isMatch, path);
                continue;
            }

            if (from.Kind == DraftKind.Pending && from != state)
            {
                waiting = NumberOf(from);
                continue;
            }

            bool hasRows = false;
            foreach (DraftEdge<T> edge in from.Edges)
            {
                Test<T> test = Test<T>.And(path, edge.Test);
                if (edge.Step == DraftStep.Proceed)
                {
                    if (edge.Target.Kind == DraftKind.Stop)
                        stop = Test<T>.Or(stop, test);
                    continue;
                }

                hasRows = true;
                bool isTake = edge.Step == DraftStep.Take;
                DraftState<T> target = isTake ? edge.Target : Begun(edge.Target, begun);
                edges.Add(new Edge<T>(isTake ? Step.Take : Step.Ignore, NumberOf(target), edge.Stage, test, edge.Gap)
                {
                    Bounds = NullIfNone([.. edge.Bounds.Where(bound => (bound.Group & begun) == 0)]),
                    Begins = (byte)edge.Bounds.Sum(bound => bound.Group & begun),
                });
                if (!isTake)
                    continue;
                gap = Math.Max(gap, edge.Gap);
                isBounded &= edge.Gap > 0;
            }

            stays &= !hasRows || (from.IsRelaxed && path == Test<T>.Always);
            stays &= hasRows
                || from.Edges.TrueForAll(
                edge => edge.Step != DraftStep.Proceed || edge.Test == Test<T>.Always || edge.Target.Kind == DraftKind.Stop);
        }

        // Taking comes first: passing over is only looked at where something was taken or must be.
        return new State<T>
        {
            Name = state.Name,
            Stage = state.Stage >= 0 ? state.Stage : edges.FirstOrDefault(edge => edge.Stage >= 0)?.Stage ?? -1,
            Edges = [.. edges.OrderBy(edge => edge.Step)],
            Stop = stop,
            IsMatch = isMatch,
            Waiting = waiting,
            IsPending = isPending,
            Stays = stays,
            Gap = isBounded && edges.Count > 0 ? gap : 0,
            Bounds = NullIfNone(state.Bounds),
        };
    }

    /// <summary>A state in which the first row of a run through a group is still waited for, though stages of it were passed over that may
    /// be absent.</summary>
    private DraftState<T> Begun(DraftState<T> state, byte begun)
    {
        byte around = 0;
        foreach (DraftEdge<T> edge in state.Edges)
        {
            foreach (GroupBound bound in edge.Bounds)
                around |= bound.Group;
        }

        byte heads = (byte)(state.Heads | (begun & around));
        if (heads == state.Heads)
            return state;
        if (_begun.TryGetValue((state, heads), out DraftState<T>? known))
            return known;
        var variant = new DraftState<T>($"{state.Name}^{heads}", state.Kind, state.Stage)
        {
            IsRelaxed = state.IsRelaxed,
            Gap = state.Gap,
            Heads = heads
        };
        _begun[(state, heads)] = variant;
        foreach (DraftEdge<T> edge in state.Edges)
            variant.Edges.Add(edge.Target == state && edge.Step == DraftStep.Ignore ? edge with { Target = variant } : edge);
        return variant;
    }

    private static GroupBound[]? NullIfNone(GroupBound[] bounds) => bounds.Length == 0 ? null : bounds;

    /// <summary>Whether a group that is repeated has a part that may be absent: then rows can be divided among its repetitions in ways
    /// that mean the same.</summary>
    private static bool MayRepeat(Element<T>[] elements, bool isRepeated) => Array.Exists(
        elements, element => (isRepeated && element.IsOptional) ||
            (element.Group is not null && MayRepeat(element.Group, isRepeated || element.Max is null or > 1)));

    /// <summary>The states that see the row too, each with the test of the ways to it, by which runs through groups begin on the
    /// way.</summary>
    private static void Reach(
        DraftState<T> state, Test<T> path, byte begun, List<(DraftState<T> State, Test<T> Path, byte Begun)> reached,
            HashSet<DraftState<T>> onPath)
    {
        int known = reached.FindIndex(one => one.State == state && one.Begun == begun);
        if (known >= 0)
        {
            if (reached[known].Path == Test<T>.Always)
                return;
            path = Test<T>.Or(reached[known].Path, path);
            reached[known] = (state, path, begun);
        }
        else
        {
            reached.Add((state, path, begun));
        }

        if (!onPath.Add(state))
            return;
        foreach (DraftEdge<T> edge in state.Edges)
        {
            if (IsRealProceed(edge))
                Reach(edge.Target, Test<T>.And(path, edge.Test), (byte)(begun | edge.Target.Heads), reached, onPath);
        }

        onPath.Remove(state);
    }

    private static Func<T, bool>? StartFilter(State<T> start)
    {
        Test<T> any = Test<T>.Never;
        foreach (Edge<T> edge in start.Edges)
        {
            if (edge.Step == Step.Take)
                any = Test<T>.Or(any, edge.Test);
        }

        return any.Necessary;
    }

    private Func<T, bool>[]? RowFilters(int start)
    {
        var filters = new List<Func<T, bool>>();
        for (int number = 0; number < _states.Count; number++)
        {
            State<T> state = _states[number];
            if (!state.Stays && number != start && number != Automaton<T>.Final)
                return null;
            if (state.Stop != Test<T>.Never && !Add(state.Stop))
                return null;
            foreach (Edge<T> edge in state.Edges)
            {
                if (edge.Step == Step.Take && !Add(edge.Test))
                    return null;
                if (edge.Step == Step.Ignore && edge.Target == Automaton<T>.Final)
                    return null;
            }
        }

        return filters.Count <= MostRowFilters ? [.. filters] : null;

        bool Add(Test<T> test)
        {
            if (test.Necessary is not { } necessary)
                return false;
            if (!filters.Contains(necessary))
                filters.Add(necessary);
            return true;
        }
    }
}

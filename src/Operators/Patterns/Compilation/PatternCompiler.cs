using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Patterns.Compilation;

/// <summary>Compiles a pattern into draft states, from its end to its beginning.</summary>
/// <remarks>
/// A stage becomes a state with an edge that takes a row, one that passes rows over (unless it must be the very next row), and one that
/// proceeds without a row (if it is optional, or a loop that may end). What must not come becomes an edge into a stop state. The
/// construction follows that of Apache Flink's CEP library, whose semantics these patterns have; <see cref="AutomatonBuilder{T}"/> then
/// works the edges without a row away.
/// </remarks>
/// <seealso href="https://nightlies.apache.org/flink/flink-docs-stable/docs/libs/cep/">Apache Flink: FlinkCEP.</seealso>
internal sealed class PatternCompiler<T>
{
    /// <summary>Repetitions are counted out as states: a slip in a number must not take the machine's memory.</summary>
    private const int MostStates = 10_000;

    private const int MostBoundedGroups = 8;

    private readonly List<DraftState<T>> _states = [];
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DraftState<T>> _stops = new(StringComparer.Ordinal);
    private readonly ElementTests<T> _tests = new();
    private readonly Dictionary<DraftState<T>, DraftState<T>> _untouched = [];
    private readonly List<string> _stages = [];
    private readonly List<string> _kinds = [];
    private readonly List<Element<T>> _boundedGroups = [];
    private readonly DraftState<T> _final;

    private PatternCompiler() => _final = NewState("$end", DraftKind.Final, -1);

    /// <summary>Where an element stands: how the first row of the enclosing group's repetition is found, and what ends the group.</summary>
    private sealed record Scope(Contiguity? Head, Test<T>? Until, long HeadGap, GroupBound[] Bounds);

    /// <exception cref="PipelineException">The pattern cannot be used; the message says why.</exception>
    public static Automaton<T> Compile(PatternShape<T> shape)
    {
        PatternRules.Check(shape);
        var compiler = new PatternCompiler<T>();
        compiler.NumberStages(shape.Elements, "");
        DraftState<T> start = compiler.Sequence(shape.Elements, compiler._final, new Scope(null, null, 0, []));
        return new AutomatonBuilder<T>(compiler._states).Build(start, shape, [.. compiler._stages], [.. compiler._kinds],
            compiler._tests.OfRow, compiler._tests.OfRun);
    }

    private void NumberStages(Element<T>[] elements, string group)
    {
        foreach (Element<T> element in elements)
        {
            string kind =
                $"{element.Contiguity} {element.Min}..{element.Max}{(element.IsOptional ? " optional" : "")}{(element.IsGreedy ? " greedy" : "")} {element.Inner}" +
                (element.Within > 0 ? " within each" : "");
            if (element.Within > 0)
            {
                if (_boundedGroups.Count == MostBoundedGroups)
                {
                    throw new PipelineException($"The pattern has more than {MostBoundedGroups} groups with a time bound of their own. " +
                        "Bound fewer, or all together with Within of the whole pattern.");
                }

                _boundedGroups.Add(element);
            }

            if (element.Group is not null)
            {
                NumberStages(element.Group, $"{group}({kind} ");
                _kinds[^1] += ")";
                continue;
            }

            _stages.Add(element.Name);
            _kinds.Add($"{group}{element.Name}: {kind}");
            group = "";
        }
    }

    private DraftState<T> NewState(string name, DraftKind kind, int stage, long gap = 0)
    {
        if (_states.Count == MostStates)
        {
            throw new PipelineException(
                $"The pattern has more than {MostStates} states: one for each repetition of a stage or group, times those of the groups around it, " +
                "and more where stages are optional after what must not come. Repeat less often, or without an end, and count the rows of the match.");
        }

        int number = _names.GetValueOrDefault(name);
        _names[name] = number + 1;
        var state = new DraftState<T>($"{name}#{number}", kind, stage) { Gap = gap };
        _states.Add(state);
        return state;
    }

    private DraftState<T> Sequence(Element<T>[] elements, DraftState<T> sink, Scope scope)
    {
        for (int i = elements.Length - 1; i >= 0; i--)
        {
            Element<T> element = elements[i];
            sink = element.Contiguity switch
            {
                Contiguity.NotFollowedBy => sink == _final ? Pending(element, scope) : sink,
                Contiguity.NotNext => NotNext(element, sink, scope),
                _ => Convert(elements, i, sink, i == 0 ? scope : scope with { Head = null, HeadGap = 0 }),
            };
        }

        return sink;
    }

    private DraftState<T> Pending(Element<T> element, Scope scope)
    {
        DraftState<T> state = NewState(element.Name, DraftKind.Pending, StageOf(element), element.WithinPrevious);
        Test<T> test = _tests.Take(element, scope.Until);
        state.Proceed(StopOf(element), test);
        state.Ignore(state, Test<T>.Not(test));
        state.IsRelaxed = true;
        state.Bounds = scope.Bounds;
        return state;
    }

    private DraftState<T> NotNext(Element<T> element, DraftState<T> sink, Scope scope)
    {
        DraftState<T> state = NewState(element.Name, DraftKind.Normal, StageOf(element));
        Test<T> test = _tests.Take(element, scope.Until);

        // At the end the row that is not what must not come makes the match, without being part of it.
        if (sink == _final)
            state.Ignore(sink, Test<T>.Not(test));
        else
            state.Proceed(sink, Test<T>.Not(test));
        state.Proceed(StopOf(element), test);
        return state;
    }

    private DraftState<T> Convert(Element<T>[] elements, int at, DraftState<T> sink, Scope scope)
    {
        Element<T> element = elements[at];
        List<Element<T>> negations = NegationsBefore(elements, at);
        Element<T>? negationAfter = at + 1 < elements.Length && elements[at + 1].Contiguity == Contiguity.NotFollowedBy ? elements[at + 1]
            : null;
        var site = new Site(element, scope, negations, negationAfter);
        DraftState<T> first;
        if (element.Max is null)
        {
            // Once the loop has begun, what must not come before an optional stage may come.
            DraftState<T> loopSink = WithoutPassed(sink, site);
            DraftState<T> loop = Loop(site, loopSink, sink);
            first = Repeated(site, loop, sink);
        }
        else if (element.IsQuantified)
        {
            first = Repeated(site, sink, sink);
        }
        else
        {
            first = Once(site, sink, sink, _tests.Take(element, scope.Until),
                _tests.Skip(HeadContiguity(element, scope), element, scope.Until), element.IsOptional, isFirst: true);
        }

        foreach (Element<T> negation in negations)
            AddStop(first, negation, scope);
        return first;
    }

    private sealed record Site(Element<T> Element, Scope Scope, List<Element<T>> Negations, Element<T>? NegationAfter);

    private DraftState<T> Repeated(Site site, DraftState<T> sink, DraftState<T> proceed)
    {
        Element<T> element = site.Element;
        int max = element.Max ?? element.Min;
        Test<T>? inner = _tests.Until(_tests.Skip(element.Inner, element, site.Scope.Until), element);
        Test<T> take = _tests.Until(_tests.Take(element, site.Scope.Until), element)!;
        if (element.IsGreedy && element.Min != max)
            Yield(sink, take);
        DraftState<T> last = sink;
        for (int i = element.Min; i < max; i++)
        {
            last = Once(site, last, proceed, take, inner, isOptional: true, isFirst: false);
            AddStopAfter(last, site);
        }

        for (int i = 1; i < element.Min; i++)
        {
            last = Once(site, last, null, take, inner, isOptional: false, isFirst: false);
            AddStopAfter(last, site);
        }

        return Once(site, last, proceed, take, _tests.Skip(HeadContiguity(element, site.Scope), element, site.Scope.Until),
            element.IsOptional, isFirst: true);
    }

    /// <summary>One row of a stage, or one run through a group.</summary>
    private DraftState<T> Once(Site site, DraftState<T> sink, DraftState<T>? proceed, Test<T> take, Test<T>? skips, bool isOptional,
        bool isFirst)
    {
        Element<T> element = site.Element;
        if (element.Group is not null)
        {
            DraftState<T> first = Sequence(element.Group, sink, GroupScope(site, isFirst));
            first.Heads |= BitOf(element);
            if (isOptional)
                first.Proceed(proceed!, Test<T>.Always);
            return first;
        }

        DraftState<T> state = NewState(element.Name, DraftKind.Normal, StageOf(element));
        state.Take(WithoutPassed(sink, site), take, GapOf(site, isFirst), site.Scope.Bounds);
        if (isOptional)
            Proceed(state, proceed!, element);
        Skip(state, skips, site);
        return state;
    }

    /// <summary>Any number of further repetitions.</summary>
    private DraftState<T> Loop(Site site, DraftState<T> sink, DraftState<T> original)
    {
        Element<T> element = site.Element;
        if (element.Group is not null)
        {
            DraftState<T> again = NewState($"{NameOf(element)}*", DraftKind.Normal, -1);
            DraftState<T> first = Sequence(element.Group, again, GroupScope(site, isFirst: false));
            first.Heads |= BitOf(element);
            first.Proceed(sink, Test<T>.Always);
            again.Proceed(first, Test<T>.Always);
            return first;
        }

        Test<T>? skips = _tests.Until(_tests.Skip(element.Inner, element, site.Scope.Until), element);
        Test<T> take = _tests.Until(_tests.Take(element, site.Scope.Until), element)!;
        DraftState<T> state = NewState(element.Name, DraftKind.Normal, StageOf(element));
        if (element.IsGreedy)
        {
            Test<T> yields = _tests.Take(element, site.Scope.Until);
            DraftState<T>? untouched = element.Until is null ? null : Untouched(original);
            Yield(sink, yields);
            if (original != sink)
                Yield(original, yields);
            if (untouched is not null)
                _untouched[original] = untouched;
            Proceed(state, sink, element, original);
        }
        else
        {
            state.Proceed(sink, Test<T>.Always);
        }

        state.Take(state, take, GapOf(site, isFirst: false), site.Scope.Bounds);
        AddStopAfter(state, site);
        Skip(state, skips, site);
        return state;
    }

    /// <summary>Goes on past an optional stage or out of a loop. A greedy loop that its end condition has ended no longer claims the
    /// row.</summary>
    private void Proceed(DraftState<T> state, DraftState<T> target, Element<T> element, DraftState<T>? original = null)
    {
        if (!element.IsGreedy || element.Until is null)
        {
            state.Proceed(target, Test<T>.Always);
            return;
        }

        Test<T> until = _tests.Of(element.Until);
        state.Proceed(_untouched.GetValueOrDefault(original ?? target, target), until);
        state.Proceed(target, Test<T>.Not(until));
    }

    private static void Skip(DraftState<T> state, Test<T>? skips, Site site)
    {
        if (skips is null)
            return;
        if (skips != Test<T>.Never)
            state.Ignore(state, skips);
        state.IsRelaxed = site.Element.Until is null && site.Scope.Until is null;
    }

    /// <summary>A greedy loop before the state keeps every row that it can take.</summary>
    private static void Yield(DraftState<T> state, Test<T> take)
    {
        for (int i = 0; i < state.Edges.Count; i++)
            state.Edges[i] = state.Edges[i] with { Test = Test<T>.And(state.Edges[i].Test, Test<T>.Not(take)) };
        state.IsRelaxed = false;
    }

    private DraftState<T> Untouched(DraftState<T> state)
    {
        if (state.Kind != DraftKind.Normal)
            return state;
        DraftState<T> copy = Copy(state, "'");
        foreach (DraftEdge<T> edge in state.Edges)
            copy.Edges.Add(edge.Target == state ? edge with { Target = copy } : edge);
        return copy;
    }

    /// <summary>The states after an optional stage that was taken: what must not come before it may come now.</summary>
    private DraftState<T> WithoutPassed(DraftState<T> sink, Site site)
    {
        if (site.Negations.Count == 0 || !site.Element.IsOptional)
            return sink;
        HashSet<DraftState<T>> passed = [.. site.Negations.Select(negation => StopOf(negation))];
        return Copy(sink, passed, []);
    }

    private DraftState<T> Copy(DraftState<T> state, HashSet<DraftState<T>> passed, Dictionary<DraftState<T>, DraftState<T>> copies)
    {
        if (state.Kind == DraftKind.Final)
            return state;
        if (copies.TryGetValue(state, out DraftState<T>? known))
            return known;
        DraftState<T> copy = Copy(state, "+");
        copies[state] = copy;
        foreach (DraftEdge<T> edge in state.Edges)
        {
            if (edge.Step != DraftStep.Proceed)
                copy.Edges.Add(edge.Target == state ? edge with { Target = copy } : edge);
            else if (!passed.Contains(edge.Target))
                copy.Edges.Add(edge.Target.Kind == DraftKind.Stop ? edge : edge with { Target = Copy(edge.Target, passed, copies) });
        }

        return copy;
    }

    /// <summary>The same state, but for its edges.</summary>
    private DraftState<T> Copy(DraftState<T> state, string mark)
    {
        DraftState<T> copy = NewState(BaseName(state) + mark, state.Kind, state.Stage, state.Gap);
        (copy.IsRelaxed, copy.Heads, copy.Bounds) = (state.IsRelaxed, state.Heads, state.Bounds);
        return copy;
    }

    private void AddStopAfter(DraftState<T> state, Site site)
    {
        if (site.NegationAfter is not null)
            AddStop(state, site.NegationAfter, site.Scope);
    }

    private void AddStop(DraftState<T> state, Element<T> negation, Scope scope)
    {
        Test<T> test = _tests.Take(negation, scope.Until);
        state.Proceed(StopOf(negation), test);
    }

    private DraftState<T> StopOf(Element<T> negation)
    {
        if (!_stops.TryGetValue(negation.Name, out DraftState<T>? stop))
            _stops[negation.Name] = stop = NewState($"!{negation.Name}", DraftKind.Stop, StageOf(negation));
        return stop;
    }

    /// <summary>What must not come before the element, or before optional ones in front of it.</summary>
    private static List<Element<T>> NegationsBefore(Element<T>[] elements, int at)
    {
        var negations = new List<Element<T>>();
        for (int i = at - 1; i >= 0 && (elements[i].IsOptional || elements[i].Contiguity == Contiguity.NotFollowedBy); i--)
        {
            if (elements[i].Contiguity == Contiguity.NotFollowedBy)
                negations.Add(elements[i]);
        }

        return negations;
    }

    private Scope GroupScope(Site site, bool isFirst)
    {
        Element<T> group = site.Element;
        Test<T>? until = group.Until is null ? site.Scope.Until : Test<T>.Or(_tests.Of(group.Until), site.Scope.Until ?? Test<T>.Never);
        GroupBound[] bounds = group.Within > 0 ? [.. site.Scope.Bounds, new GroupBound(BitOf(group), group.Within)] : site.Scope.Bounds;
        return new Scope(isFirst ? HeadContiguity(group, site.Scope) : group.Inner, until, GapOf(site, isFirst), bounds);
    }

    /// <summary>The bit of a group that has a bound; none of another.</summary>
    private byte BitOf(Element<T> group)
    {
        if (group.Within == 0)
            return 0;
        int number = _boundedGroups.FindIndex(known => ReferenceEquals(known, group));
        return number >= 0 ? (byte)(1 << number) : throw new System.Diagnostics.UnreachableException();
    }

    private static Contiguity HeadContiguity(Element<T> element, Scope scope) =>
        element.Contiguity == Contiguity.Begin ? scope.Head ?? Contiguity.Strict : element.Contiguity;

    private static long GapOf(Site site, bool isFirst)
    {
        if (!isFirst)
            return site.Element.WithinLoop;
        (long own, long around) = (site.Element.WithinPrevious, site.Scope.HeadGap);
        return own > 0 && around > 0 ? Math.Min(own, around) : Math.Max(own, around);
    }

    private int StageOf(Element<T> element) => _stages.IndexOf(element.Name);

    private static string NameOf(Element<T> element) => element.Group is null ? element.Name : $"({NameOf(element.Group[0])})";

    private static string BaseName(DraftState<T> state) => state.Name[..state.Name.LastIndexOf('#')];
}

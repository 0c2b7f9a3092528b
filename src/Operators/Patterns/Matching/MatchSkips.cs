using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>What each match discards of those that overlap it, as <see cref="AfterMatch"/> says; so matches are emitted in the order of
/// their first rows.</summary>
internal sealed class MatchSkips<T>(Automaton<T> automaton, MatchBuffer<T> buffer)
{
    private readonly int _stage = automaton.Skip.Stage is null ? -1 : automaton.StageOf(automaton.Skip.Stage);

    /// <summary>Whether matches discard anything. If not, none waits for another, and nothing else here is to be called.</summary>
    public bool Any { get; } = automaton.Skip.Kind != SkipKind.None;

    /// <summary>With <c>failOnMiss</c>, a match that cannot be skipped to is an error of the row that completes it.</summary>
    public void Check(in RunList complete)
    {
        if (!automaton.Skip.FailOnMiss)
            return;
        for (int i = 0; i < complete.Count; i++)
        {
            int node = NodeOf(complete[i].Node);
            if (node < 0)
                throw new PatternLimitException(
                    $"After the match the pattern skips to stage '{automaton.Skip.Stage}', of which the match has no row.");
            if (buffer.Node(node).Event == complete[i].First)
                throw new PatternLimitException(
                    $"After the match the pattern skips to stage '{automaton.Skip.Stage}', with whose row the match began: it would be found again and again.");
        }
    }

    /// <summary>Puts the matches that waited in front of the new ones, in the order of their first rows.</summary>
    public void Merge(int waiting, ref RunList complete)
    {
        if (waiting < 0 && complete.Count < 2)
            return;
        var all = new List<Run>();
        for (int at = waiting; at >= 0;)
        {
            Run run = buffer.Run(at);
            all.Add(run);
            buffer.FreeRun(at);
            at = run.Next;
        }

        all.AddRange(complete.All);
        complete.Clear();
        foreach (Run run in all.OrderBy(run => PlaceOf(run.First)))
            complete.Add(run);
    }

    /// <summary>Takes the first match, if no run began before it, and discards what its strategy says.</summary>
    public bool TryTake(ref RunList next, ref RunList complete, out Run match)
    {
        match = default;
        if (complete.Count == 0)
            return false;
        Place start = PlaceOf(complete[0].First);
        for (int i = 0; i < next.Count; i++)
        {
            if (PlaceOf(next[i].First) < start)
                return false;
        }

        match = complete.TakeFirst();
        Place bound = BoundOf(match, start);
        Prune(ref next, bound);
        Prune(ref complete, bound);
        return true;
    }

    private Place PlaceOf(int eventAt)
    {
        ref EventCell<T> cell = ref buffer.Event(eventAt);
        return new Place(cell.Time, cell.Number);
    }

    /// <summary>What began before it is discarded.</summary>
    private Place BoundOf(in Run match, Place start) => automaton.Skip.Kind switch
    {
        SkipKind.ToNext => start.Next,
        SkipKind.PastLast => PlaceOf(buffer.Node(match.Node).Event).Next,
        _ => NodeOf(match.Node) is >= 0 and int node ? PlaceOf(buffer.Node(node).Event) : new Place(long.MinValue, long.MinValue),
    };

    /// <summary>The node of a match that is skipped to; -1: there is none.</summary>
    private int NodeOf(int node)
    {
        int found = buffer.Newest(node, _stage);
        if (automaton.Skip.Kind == SkipKind.ToLast)
            return found;
        for (int at = found; at >= 0; at = buffer.Newest(buffer.Node(at).Previous, _stage))
            found = at;
        return found;
    }

    private void Prune(ref RunList runs, Place bound)
    {
        int kept = 0;
        for (int i = 0; i < runs.Count; i++)
        {
            if (PlaceOf(runs[i].First) < bound)
                buffer.Release(runs[i].Node);
            else
                runs[kept++] = runs[i];
        }

        runs.Cut(kept);
    }
}

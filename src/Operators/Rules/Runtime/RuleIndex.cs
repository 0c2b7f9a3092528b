using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Rules.Runtime;

/// <summary>Finds the rules that a row may concern without trying them all.</summary>
/// <remarks>
/// Rules are found by their conditions: those that say what a property equals by a look-up of its value, the others by evaluating each
/// condition once for all rules that have it. What a row costs depends on the number of properties and of conditions without an equality,
/// not on that of rules.
/// </remarks>
/// <seealso href="https://dl.acm.org/doi/10.1145/375663.375677">Fabret, Jacobsen, Llirbat, Pereira, Ross, Shasha: Filtering Algorithms and
/// Implementation for Very Fast Publish/Subscribe Systems (access predicates).</seealso>
internal sealed class RuleIndex<T>
{
    private readonly Dictionary<Property<T>, PropertyIndex<T>> _byProperty = new(ReferenceEqualityComparer.Instance);
    private readonly List<GroupEntry<T>> _byCondition = [];
    private PropertyIndex<T>[] _properties = [];

    /// <summary>Rules any row may begin a match of.</summary>
    public List<int> Always { get; } = [];

    public RowHits<T> Hits { get; } = new(Chunk<T>.Size);

    public void Add(Rule<T> rule)
    {
        if (rule.StartCover is null)
            Always.Add(rule.Number);
        foreach (CoverPart<T> part in rule.StartCover ?? [])
            Add(GroupOf(part).Starts, rule.Number);
        foreach (CoverPart<T> part in rule.RowCover ?? [])
            Add(GroupOf(part).Others, rule.Number);
    }

    public void Remove(Rule<T> rule)
    {
        Always.Remove(rule.Number);
        foreach (CoverPart<T> part in (CoverPart<T>[])[.. rule.StartCover ?? [], .. rule.RowCover ?? []])
        {
            List<GroupEntry<T>>? groups = part.Anchor is null ? _byCondition
                : _byProperty.GetValueOrDefault(part.Anchor.Property)?.GroupsOf(part.Anchor);
            if (groups is null)
                continue;
            int at = groups.FindIndex(entry => string.Equals(entry.Group.Key, part.Key, StringComparison.Ordinal));
            if (at >= 0)
            {
                groups[at].Group.Starts.Remove(rule.Number);
                groups[at].Group.Others.Remove(rule.Number);
                if (groups[at].Group.IsEmpty)
                    groups.RemoveAt(at);
            }

            if (part.Anchor is not null && groups.Count == 0)
                Forget(part.Anchor);
        }
    }

    /// <summary>Finds what each of at most 256 rows hits; see <see cref="Hits"/>.</summary>
    public void Find(ReadOnlySpan<T> rows)
    {
        Hits.Clear(rows.Length);
        foreach (PropertyIndex<T> property in _properties)
            property.Find(rows, Hits);
        foreach (GroupEntry<T> entry in _byCondition)
        {
            for (int row = 0; row < rows.Length; row++)
            {
                if (entry.Group.MayPass(rows[row]))
                    Hits.Add(row, entry.Group);
            }
        }
    }

    /// <summary>Reads the properties of a row on which one threw, to see it throw again.</summary>
    public void Touch(in T row)
    {
        foreach (PropertyIndex<T> property in _properties)
            property.Touch(row);
    }

    private static void Add(List<int> rules, int number)
    {
        if (rules.Count == 0 || rules[^1] != number)
            rules.Add(number);
    }

    private ConditionGroup<T> GroupOf(in CoverPart<T> part)
    {
        List<GroupEntry<T>> groups = part.Anchor is null ? _byCondition : IndexOf(part.Anchor.Property).GroupsOf(part.Anchor);
        foreach (GroupEntry<T> known in groups)
        {
            if (string.Equals(known.Group.Key, part.Key, StringComparison.Ordinal))
                return known.Group;
        }

        var group = new ConditionGroup<T>(part.Key, part.Test);
        groups.Add(new GroupEntry<T>(part.Test, group));
        return group;
    }

    private PropertyIndex<T> IndexOf(Property<T> property)
    {
        if (!_byProperty.TryGetValue(property, out PropertyIndex<T>? index))
        {
            _byProperty[property] = index = property.NewIndex();
            _properties = [.. _byProperty.Values];
        }

        return index;
    }

    private void Forget(PropertyCondition<T> equality)
    {
        PropertyIndex<T> index = _byProperty[equality.Property];
        index.Remove(equality);
        if (!index.IsEmpty)
            return;
        _byProperty.Remove(equality.Property);
        _properties = [.. _byProperty.Values];
    }
}

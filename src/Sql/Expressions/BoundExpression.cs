using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>An expression whose names, types and functions are known: what the compiler turns into code. It is never changed.</summary>
/// <remarks>Other rooms add nodes of their own (subqueries, columns of an outer query), which they have replaced before anything is
/// compiled.</remarks>
internal abstract class BoundExpression(SqlType type, int position)
{
    private string? _text;

    /// <summary>The type of the value.</summary>
    public SqlType Type { get; } = type;

    /// <summary>Where it begins in the text of the statement; -1: nowhere.</summary>
    public int Position { get; } = position;

    /// <summary>Whether the value may be null; false only if it is certain that it is not.</summary>
    public abstract bool IsNullable { get; }

    /// <summary>What it is computed from.</summary>
    public virtual IReadOnlyList<BoundExpression> Children => [];

    /// <summary>Whether computing the node itself, its children left out, may fail for a row.</summary>
    public virtual bool CanFail => false;

    /// <summary>The same node over other children, as many as it has, with the same types.</summary>
    public abstract BoundExpression WithChildren(IReadOnlyList<BoundExpression> children);

    /// <summary>A text that says all that the value depends on: equal texts, equal expressions. Read by people, too (EXPLAIN).</summary>
    public sealed override string ToString() => _text ??= ToText();

    /// <summary>Whether the other computes the same, whatever place it has in the statement.</summary>
    public bool IsSame(BoundExpression other) => ReferenceEquals(this, other) || ToString() == other.ToString();

    /// <summary>The expression with every node replaced by what <paramref name="replace"/> makes of it, from the leaves up.</summary>
    public BoundExpression Rewrite(Func<BoundExpression, BoundExpression> replace)
    {
        IReadOnlyList<BoundExpression> children = Children;
        BoundExpression[]? changed = null;
        for (int at = 0; at < children.Count; at++)
        {
            BoundExpression child = children[at].Rewrite(replace);
            if (!ReferenceEquals(child, children[at]))
                (changed ??= [.. children])[at] = child;
        }

        return replace(changed is null ? this : WithChildren(changed));
    }

    /// <summary>The node and all below it.</summary>
    public IEnumerable<BoundExpression> All() => Children.SelectMany(static child => child.All()).Prepend(this);

    protected abstract string ToText();

    protected static string Join(IEnumerable<BoundExpression> expressions) => string.Join(", ", expressions);
}

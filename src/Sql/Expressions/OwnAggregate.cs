using ActorStreams.Sql.Expressions.Catalogue;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>An aggregate of the application's own: what it takes, gives and keeps.</summary>
/// <param name="name">In lower case.</param>
internal abstract class OwnAggregate(string name)
{
    public string Name { get; } = name;

    /// <summary>The types of the arguments.</summary>
    public abstract IReadOnlyList<SqlType> Parameters { get; }

    /// <summary>Of each argument whether a row counts in which it is NULL.</summary>
    public abstract IReadOnlyList<bool> TakesNull { get; }

    /// <summary>The type of the value.</summary>
    public abstract SqlType Result { get; }

    /// <summary>Whether the value may be NULL.</summary>
    public abstract bool MayBeNull { get; }

    /// <summary>Whether rows can be taken back; if not, all rows of a group are kept where some may go.</summary>
    public abstract bool CanRetract { get; }

    /// <summary>The value over no rows, by the type of SQL.</summary>
    public abstract object? OfNoRows { get; }

    /// <summary>What computes it over rows.</summary>
    /// <param name="row">The rows.</param>
    /// <param name="from">The place of the first argument in them.</param>
    /// <param name="context">What now() reads.</param>
    public abstract OwnFold FoldOf(RowLayout row, int from, RowContext context);

    /// <summary>The signature for arguments of such types; null: it takes others.</summary>
    public static AggregateSignature? Find(IReadOnlyList<OwnAggregate> named, IReadOnlyList<SqlType> types)
    {
        Function[] candidates = [.. named.Where(one => one.Parameters.Count == types.Count).Select(static one =>
            new Function(one.Name, FunctionKind.Function, [.. one.Parameters], one.Result, null!))];
        if (Choice.Of(candidates, types, out _) is not { } found)
            return null;
        OwnAggregate own = named.First(one => one.Parameters.SequenceEqual(found.Parameters));
        return new AggregateSignature(own.Name, own.Parameters, own.Result) { Own = own };
    }

    public override string ToString() => $"{Name}({string.Join(", ", Parameters)})";
}

using ActorStreams.Operators.Stateless;

namespace ActorStreams.Sql.Planning.Steps;

/// <summary>An order of rows by a compiled comparison: negative, 0 or positive.</summary>
internal sealed class CompiledOrder<T>(PairFunction<T, T, int> compare) : IComparer<T>
{
    public int Compare(T? x, T? y) => compare(x!, y!);
}

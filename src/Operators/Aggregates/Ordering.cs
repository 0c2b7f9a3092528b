using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Aggregates;

/// <summary>The order in which aggregates compare: a type's own, but NaN is greater than every number and equal to itself, as in
/// PostgreSQL, and text is ordinal.</summary>
internal static class Ordering<T>
{
    public static readonly IComparer<T> Comparer = Comparer<T>.Create(Compare);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Compare(T a, T b)
    {
        // .NET sorts NaN before every number.
        if (typeof(T) == typeof(double))
            return Ordered(double.IsNaN((double)(object)a!), double.IsNaN((double)(object)b!), a, b);
        if (typeof(T) == typeof(float))
            return Ordered(float.IsNaN((float)(object)a!), float.IsNaN((float)(object)b!), a, b);
        if (typeof(T) == typeof(string))
            return string.CompareOrdinal((string?)(object?)a, (string?)(object?)b);
        return Comparer<T>.Default.Compare(a, b);
    }

    private static int Ordered(bool isNanA, bool isNanB, T a, T b) =>
        isNanA || isNanB ? isNanA.CompareTo(isNanB) : Comparer<T>.Default.Compare(a, b);
}

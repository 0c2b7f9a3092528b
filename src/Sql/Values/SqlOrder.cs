using System.Runtime.CompilerServices;

namespace ActorStreams.Sql.Values;

/// <summary>The order of two values of one type that are not null, as PostgreSQL sorts: NaN after all numbers, texts by code
/// points.</summary>
internal static class SqlOrder
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Compare<T>(T left, T right)
    {
        if (typeof(T) == typeof(string))
            return TextOrder.Compare((string)(object)left!, (string)(object)right!);
        if (typeof(T) == typeof(double))
            return Compare((double)(object)left!, (double)(object)right!);
        if (typeof(T) == typeof(float))
            return Compare((double)(float)(object)left!, (float)(object)right!);
        return Comparer<T>.Default.Compare(left, right);
    }

    public static int Compare(double left, double right) =>
        left < right ? -1 : left > right ? 1 : left == right ? 0 : double.IsNaN(left).CompareTo(double.IsNaN(right));
}

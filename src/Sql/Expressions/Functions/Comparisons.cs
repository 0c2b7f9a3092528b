using System.Runtime.CompilerServices;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Comparisons of two values of one type; compiled for each type by itself.</summary>
internal static class Comparisons
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Equal<T>(T left, T right)
    {
        if (typeof(T) == typeof(string))
            return string.Equals((string)(object)left!, (string)(object)right!);
        return EqualityComparer<T>.Default.Equals(left, right);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool NotEqual<T>(T left, T right) => !Equal(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Less<T>(T left, T right) => SqlOrder.Compare(left, right) < 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool LessOrEqual<T>(T left, T right) => SqlOrder.Compare(left, right) <= 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Greater<T>(T left, T right) => SqlOrder.Compare(left, right) > 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool GreaterOrEqual<T>(T left, T right) => SqlOrder.Compare(left, right) >= 0;
}

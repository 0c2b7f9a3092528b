using System.Reflection;

namespace ActorStreams.Core.Keys;

/// <summary>Of scalars that are equal although their bytes differ, the one that stands for all of them.</summary>
internal static class EqualScalars
{
    private const int ScaleShift = 16;

    /// <summary>The method that finds it; null for types whose values are equal only if their bytes are.</summary>
    public static MethodInfo? Canonical(Type type) =>
        typeof(EqualScalars).GetMethod(nameof(Of), BindingFlags.Public | BindingFlags.Static | BindingFlags.ExactBinding, [type]);

    public static double Of(double value) => value == 0 ? 0 : double.IsNaN(value) ? double.NaN : value;

    public static float Of(float value) => value == 0 ? 0 : float.IsNaN(value) ? float.NaN : value;

    public static Half Of(Half value) => value == Half.Zero ? Half.Zero : Half.IsNaN(value) ? Half.NaN : value;

    /// <summary>The instant in UTC.</summary>
    public static DateTimeOffset Of(DateTimeOffset value) => value.ToUniversalTime();

    /// <summary>The same ticks; equality of dates does not look at their kind.</summary>
    public static DateTime Of(DateTime value) => new(value.Ticks, DateTimeKind.Utc);

    /// <summary>The number without zeros at the end of its fraction, and without a sign if it is zero.</summary>
    public static decimal Of(decimal value)
    {
        if (value == 0)
            return 0;
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        int scale = (bits[3] >> ScaleShift) & 0xFF;
        if (scale == 0)
            return value;
        (int low, int middle, int high) = bits[2] == 0
            ? Small(((ulong)(uint)bits[1] << 32) | (uint)bits[0], ref scale)
            : Large(new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]), ref scale);
        return new decimal(low, middle, high, value < 0, (byte)scale);
    }

    private static (int Low, int Middle, int High) Small(ulong digits, ref int scale)
    {
        for (; scale > 0; scale--)
        {
            (ulong shorter, ulong last) = Math.DivRem(digits, 10);
            if (last != 0)
                break;
            digits = shorter;
        }

        return ((int)digits, (int)(digits >> 32), 0);
    }

    private static (int Low, int Middle, int High) Large(UInt128 digits, ref int scale)
    {
        for (; scale > 0; scale--)
        {
            (UInt128 shorter, UInt128 last) = UInt128.DivRem(digits, 10);
            if (last != 0)
                break;
            digits = shorter;
        }

        return ((int)(ulong)digits, (int)((ulong)digits >> 32), (int)(ulong)(digits >> 64));
    }
}

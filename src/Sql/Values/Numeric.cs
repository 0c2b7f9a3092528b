using System.Numerics;
using System.Runtime.CompilerServices;
using ActorStreams.Core.Keys;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>An exact decimal number of any size that PostgreSQL's numeric has, with the digits behind the point that it prints; or NaN, or
/// an infinity.</summary>
/// <remarks>Up to 38 digits stand in the struct itself and are computed with without allocation; longer ones in an array.</remarks>
/// <seealso href="https://www.postgresql.org/docs/15/datatype-numeric.html">What this follows.</seealso>
internal readonly struct Numeric : IEquatable<Numeric>, IComparable<Numeric>, ICanonicalKey<NumericKey>, IHashedKey
{
    /// <summary>The most digits before, and behind, the point.</summary>
    public const int MaxWhole = 131_072, MaxScale = 16_383;

    public static readonly Numeric Zero, One = new(1, 0);
    public static readonly Numeric NaN = new(0, NotNumber), Infinity = new(0, Plus), MinusInfinity = new(0, Minus);

    private const int NotNumber = -1, Plus = -2, Minus = -3;
    private readonly Int128 _digits;
    private readonly byte[]? _wide;
    private readonly int _scale;

    public Numeric(Int128 digits, int scale) => (_digits, _scale) = (digits, scale);

    private Numeric(byte[] wide, int scale) => (_wide, _scale) = (wide, scale);

    /// <summary>The digits behind the point; of finite numbers.</summary>
    public int Scale => _scale;

    public bool IsNaN => _scale == NotNumber;

    public bool IsInfinite => _scale <= Plus;

    public bool IsFinite => _scale >= 0;

    public bool IsWide => _wide is not null;

    /// <summary>The number times ten to the power of its scale; of finite numbers that are not wide.</summary>
    public Int128 Digits => _digits;

    /// <summary>-1, 0 or 1; of NaN 0.</summary>
    public int Sign => _scale == Plus ? 1 : _scale == Minus ? -1 : _wide is not null ? Whole.Sign : Int128.Sign(_digits);

    /// <summary>The number times ten to the power of its scale; of finite numbers.</summary>
    public BigInteger Whole => _wide is null ? _digits : new BigInteger(_wide);

    /// <inheritdoc/>
    public NumericKey CanonicalKey
    {
        get
        {
            Numeric plain = WithoutZeros();
            return new NumericKey(plain._digits, plain._scale, plain._wide is null ? null : Convert.ToHexString(plain._wide));
        }
    }

    public static implicit operator Numeric(long value) => new(value, 0);

    /// <exception cref="SqlFault">It has more digits than numeric may have (22003).</exception>
    public static Numeric Of(BigInteger digits, int scale)
    {
        if (digits >= Int128.MinValue && digits <= Int128.MaxValue)
            return new Numeric((Int128)digits, scale);
        // 3.3219 bits a digit: an exact count only near the limit.
        long bits = digits.GetBitLength();
        if (bits / 3.3219 - scale > MaxWhole - 2 && NumericMath.CountDigits(digits) - scale > MaxWhole)
            throw Overflow();
        return new Numeric(digits.ToByteArray(), scale);
    }

    public static Numeric Of(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var digits = (Int128)new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
        return new Numeric(value < 0 ? -digits : digits, (bits[3] >> 16) & 0xFF);
    }

    public static Numeric operator +(in Numeric left, in Numeric right)
    {
        if (left._scale == right._scale && (left._wide ?? right._wide) is null && left._scale >= 0)
        {
            Int128 sum = left._digits + right._digits;
            if (((left._digits ^ sum) & (right._digits ^ sum)) >= 0)
                return new Numeric(sum, left._scale);
        }

        return NumericMath.Add(left, right);
    }

    public static Numeric operator -(in Numeric left, in Numeric right) => left + -right;

    public static Numeric operator -(in Numeric value) =>
        value._wide is null && value._scale >= 0 && value._digits != Int128.MinValue ? new Numeric(-value._digits, value._scale)
        : value._scale switch
        {
            NotNumber => NaN,
            Plus => MinusInfinity,
            Minus => Infinity,
            _ => Of(-value.Whole, value._scale),
        };

    public static Numeric operator *(in Numeric left, in Numeric right)
    {
        if ((left._wide ?? right._wide) is null && (left._scale | right._scale) >= 0 && left._scale + right._scale <= MaxScale &&
            IsLong(left._digits) && IsLong(right._digits))
        {
            long high = Math.BigMul((long)left._digits, (long)right._digits, out long low);
            return new Numeric(new Int128((ulong)high, (ulong)low), left._scale + right._scale);
        }

        return NumericMath.Multiply(left, right);
    }

    public static Numeric operator /(in Numeric left, in Numeric right) => NumericMath.Divide(left, right);

    public static Numeric operator %(in Numeric left, in Numeric right) => NumericMath.Modulo(left, right);

    /// <summary>The number without zeros at the end of its fraction.</summary>
    public Numeric WithoutZeros()
    {
        if (_scale <= 0)
            return this;
        if (_wide is not null)
            return NumericMath.WithoutZeros(this);
        if (_digits == 0)
            return Zero;
        Int128 digits = _digits;
        int scale = _scale;
        while (scale > 0)
        {
            (Int128 shorter, Int128 last) = Int128.DivRem(digits, 10);
            if (last != 0)
                break;
            digits = shorter;
            scale--;
        }

        return new Numeric(digits, scale);
    }

    public bool Equals(Numeric other) => CompareTo(other) == 0;

    public override bool Equals(object? obj) => obj is Numeric other && Equals(other);

    public override int GetHashCode() => CanonicalKey.GetHashCode();

    ulong IHashedKey.HashOf(ulong seed)
    {
        Numeric plain = WithoutZeros();
        if (plain._wide is not null)
            return KeyHash<NumericKey>.Of(CanonicalKey, seed);
        ulong hash = FieldHashes.Add(FieldHashes.None, plain._scale, seed);
        return FieldHashes.Add(FieldHashes.Add(hash, (ulong)plain._digits, seed), (ulong)(plain._digits >>> 64), seed);
    }

    /// <summary>By value; NaN is equal to itself and greater than all else.</summary>
    public int CompareTo(Numeric other)
    {
        if ((_wide ?? other._wide) is null && _scale == other._scale)
            return _digits.CompareTo(other._digits);
        return NumericMath.Compare(this, other);
    }

    public override string ToString() => NumericText.Of(this);

    internal static SqlFault Overflow() => new(SqlState.NumericValueOutOfRange, "value overflows numeric format");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsLong(Int128 value) => value == (long)value;
}

/// <summary>What equal numbers share.</summary>
internal readonly record struct NumericKey(Int128 Digits, int Scale, string? Wide);

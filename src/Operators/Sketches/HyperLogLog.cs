using System.Numerics;
using System.Runtime.CompilerServices;
using ActorStreams.Operators.Sketches;

namespace ActorStreams;

/// <summary>How many different items have been added, approximately: standard error 1.04 / sqrt(2^precision), 1.6 % with 12 bits of
/// precision.</summary>
/// <remarks>
/// <para>Flajolet, Fusy, Gandouet and Meunier ("HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm", 2007) with
/// 64-bit hashes as in Heule, Nunkesser and Hall ("HyperLogLog in practice", 2013), estimated by Ertl's formula ("New cardinality
/// estimation algorithms for HyperLogLog sketches", 2017), which needs no tables of corrections and no change of formula anywhere in the
/// range.</para>
/// <para>A byte a register once there are many items; before that a set of 32-bit hash prefixes, which is smaller and nearly exact.
/// The default value is empty and takes its precision from the first one merged into it.</para>
/// </remarks>
public record struct HyperLogLog
{
    /// <summary>Bits of the hash that a prefix keeps; the other six bits are its rank.</summary>
    private const int PrefixBits = 26;
    private const int FirstPrefixes = 8;

    private byte _precision;
    private int _prefixCount;
    private uint[]? _prefixes;
    private byte[]? _registers;

    /// <summary>An empty sketch.</summary>
    /// <param name="precision">From 4 to 18: 2^precision bytes.</param>
    public HyperLogLog(int precision)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(precision, 4);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precision, 18);
        _precision = (byte)precision;
        if (SizeOf(FirstPrefixes) < 1 << precision)
            _prefixes = new uint[FirstPrefixes];
        else
            _registers = new byte[1 << precision];
    }

    /// <summary>The bits of precision; 0 if nothing was ever added.</summary>
    public readonly int Precision => _precision;

    /// <summary>What the sketch keeps.</summary>
    public readonly int SizeBytes => SizeOf(_prefixes?.Length ?? 0) + (_registers?.Length ?? 0);

    /// <summary>Adds an item.</summary>
    /// <exception cref="PipelineException">Only the type of the items knows which are equal, and it does not say
    /// (<see cref="ICanonicalKey{TKey}"/>).</exception>
    public void Add<TItem>(TItem item)
    {
        KeyEquality.CheckHashed<TItem>("HyperLogLog");
        AddHash(SketchHash.Of(item));
    }

    /// <summary>About how many different items were added.</summary>
    public readonly double Estimate() =>
        _registers is not null ? EstimateRegisters() : _prefixes is null ? 0 : LinearCount(_prefixCount);

    /// <summary>Adds all items of another sketch, which may share some.</summary>
    /// <exception cref="ArgumentException">The other has another precision.</exception>
    public void Merge(in HyperLogLog other)
    {
        if (other._precision == 0)
            return;
        if (_precision == 0)
            this = new HyperLogLog(other._precision);
        if (_precision != other._precision)
            throw new ArgumentException(
                $"Sketches of {_precision} and {other._precision} bits of precision cannot be merged. Give both the same.", nameof(other));
        foreach (uint prefix in other._prefixes ?? [])
        {
            if (prefix == 0)
                continue;
            if (_registers is not null)
                RaiseBy(prefix);
            else
                AddPrefix(prefix);
        }

        if (other._registers is null)
            return;
        if (_registers is null)
            ToRegisters();
        Raise(_registers!, other._registers);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void AddHash(ulong hash)
    {
        byte[]? registers = _registers;
        if (registers is null)
        {
            AddPrefix(PrefixOf(hash));
            return;
        }

        int register = (int)(hash >> (64 - _precision));
        byte rank = (byte)(1 + BitOperations.LeadingZeroCount((hash << _precision) | (1UL << (_precision - 1))));
        if (rank > registers[register])
            registers[register] = rank;
    }

    /// <summary>The first bits of the hash, then how many zeros follow them, plus one: enough for any precision.</summary>
    private static uint PrefixOf(ulong hash)
    {
        int rank = 1 + BitOperations.LeadingZeroCount((hash << PrefixBits) | (1UL << (PrefixBits - 1)));
        return ((uint)(hash >> (64 - PrefixBits)) << 6) | (uint)rank;
    }

    private void AddPrefix(uint prefix)
    {
        uint[] prefixes = _prefixes!;
        int mask = prefixes.Length - 1;
        int slot = (int)((prefix * 0x9E3779B1u) >> 7) & mask;
        while (prefixes[slot] != 0)
        {
            if (prefixes[slot] == prefix)
                return;
            slot = (slot + 1) & mask;
        }

        prefixes[slot] = prefix;
        if (++_prefixCount * 4 > prefixes.Length * 3)
            GrowPrefixes();
    }

    private void GrowPrefixes()
    {
        uint[] old = _prefixes!;
        if (SizeOf(old.Length * 2) >= 1 << _precision)
        {
            ToRegisters();
            return;
        }

        _prefixes = new uint[old.Length * 2];
        _prefixCount = 0;
        foreach (uint prefix in old)
        {
            if (prefix != 0)
                AddPrefix(prefix);
        }
    }

    private void ToRegisters()
    {
        uint[]? prefixes = _prefixes;
        _registers = new byte[1 << _precision];
        (_prefixes, _prefixCount) = (null, 0);
        foreach (uint prefix in prefixes ?? [])
        {
            if (prefix != 0)
                RaiseBy(prefix);
        }
    }

    private readonly void RaiseBy(uint prefix)
    {
        // of the prefix, the bits after the register's number are the first bits of the rank
        int more = PrefixBits - _precision;
        uint bits = prefix >> 6;
        uint after = bits & ((1u << more) - 1);
        int rank = after != 0 ? BitOperations.LeadingZeroCount(after) - (32 - more) + 1 : more + (int)(prefix & 63);
        ref byte register = ref _registers![bits >> more];
        register = Math.Max(register, (byte)rank);
    }

    private static void Raise(Span<byte> registers, ReadOnlySpan<byte> by)
    {
        int at = 0;
        for (; at <= registers.Length - Vector<byte>.Count; at += Vector<byte>.Count)
            Vector.Max(new Vector<byte>(registers[at..]), new Vector<byte>(by[at..])).CopyTo(registers[at..]);
        for (; at < registers.Length; at++)
            registers[at] = Math.Max(registers[at], by[at]);
    }

    private static double LinearCount(int prefixes)
    {
        const double Places = 1u << PrefixBits;
        return -Places * Math.Log(1 - (prefixes / Places));
    }

    private readonly double EstimateRegisters()
    {
        int most = 64 - _precision;
        Span<int> ranks = stackalloc int[66];
        ranks.Clear();
        foreach (byte rank in _registers!)
            ranks[rank]++;
        double count = _registers.Length;
        double z = count * Tau(1 - (ranks[most + 1] / count));
        for (int rank = most; rank >= 1; rank--)
            z = 0.5 * (z + ranks[rank]);
        z += count * Sigma(ranks[0] / count);
        return count * count / (2 * Math.Log(2) * z);
    }

    private static double Sigma(double x)
    {
        if (x >= 1)
            return double.PositiveInfinity;
        double y = 1, z = x, before;
        do
        {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        }
        while (z > before);
        return z;
    }

    private static double Tau(double x)
    {
        if (x is <= 0 or >= 1)
            return 0;
        double y = 1, z = 1 - x, before;
        do
        {
            x = Math.Sqrt(x);
            before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        }
        while (z < before);
        return z / 3;
    }

    private static int SizeOf(int prefixes) => prefixes * sizeof(uint);
}

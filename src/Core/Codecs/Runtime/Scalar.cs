using System.Linq.Expressions;
using System.Reflection;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>A value without parts: its keyword in a schema, its type, and its size in bytes (0: it varies).</summary>
internal sealed class Scalar
{
    private static readonly Scalar[] s_all =
    [
        new("bool", typeof(bool), 1), new("char", typeof(char), 2),
        new("sbyte", typeof(sbyte), 1, bits: 8, signed: true), new("byte", typeof(byte), 1, bits: 8),
        new("short", typeof(short), 2, bits: 16, signed: true), new("ushort", typeof(ushort), 2, bits: 16),
        new("int", typeof(int), 4, bits: 32, signed: true), new("uint", typeof(uint), 4, bits: 32),
        new("long", typeof(long), 8, bits: 64, signed: true), new("ulong", typeof(ulong), 8, bits: 64),
        new("int128", typeof(Int128), 16, bits: 128, signed: true), new("uint128", typeof(UInt128), 16, bits: 128),
        new("half", typeof(Half), 2), new("float", typeof(float), 4), new("double", typeof(double), 8), new("decimal", typeof(decimal), 16),
        new("string", typeof(string), 0), new("guid", typeof(Guid), 16),
        new("datetime", typeof(DateTime), 8), new("datetimeoffset", typeof(DateTimeOffset), 10), new("timespan", typeof(TimeSpan), 8),
        new("dateonly", typeof(DateOnly), 4), new("timeonly", typeof(TimeOnly), 8),
    ];

    private static readonly Dictionary<Type, Scalar> s_byType = s_all.ToDictionary(scalar => scalar.Type);
    private static readonly Dictionary<string, Scalar> s_byKeyword = s_all.ToDictionary(scalar => scalar.Keyword);

    private readonly int _bits;
    private readonly bool _signed;
    private readonly MethodInfo? _put, _peek;

    private Scalar(string keyword, Type type, int sizeBytes, int bits = 0, bool signed = false)
    {
        (Keyword, Type, SizeBytes, _bits, _signed) = (keyword, type, sizeBytes, bits, signed);
        if (sizeBytes == 0)
            return;

        const BindingFlags Static = BindingFlags.Public | BindingFlags.Static;
        _put = typeof(ScalarBytes).GetMethod("Put", Static, [typeof(byte[]), typeof(int), type])
            ?? typeof(ScalarBytes).GetMethod("PutRaw", Static)!.MakeGenericMethod(type);
        _peek = typeof(ScalarBytes).GetMethod("Peek" + type.Name, Static)
            ?? typeof(ScalarBytes).GetMethod("PeekRaw", Static)!.MakeGenericMethod(type);
    }

    public string Keyword { get; }

    public Type Type { get; }

    public int SizeBytes { get; }

    /// <summary>Whether the bytes of an array of it in memory are the stored ones, whatever they are.</summary>
    public bool IsRaw => _peek is { Name: "PeekRaw" };

    public static Scalar? Of(Type type) => s_byType.GetValueOrDefault(type);

    public static Scalar? Named(string keyword) => s_byKeyword.GetValueOrDefault(keyword);

    /// <summary>Stores the value at a place that is known to exist.</summary>
    public Expression Put(Expression bytes, Expression at, Expression value) => Expression.Call(_put!, bytes, at, value);

    /// <summary>Reads the value at a place that is known to exist.</summary>
    public Expression Peek(Expression reader, int at) => Expression.Call(_peek!, reader, Expression.Constant(at));

    /// <summary>Whether every value of this one is also a value of <paramref name="wider"/>.</summary>
    public bool FitsInto(Scalar wider)
    {
        if (this == wider)
            return true;
        if (_bits > 0 && wider._bits > 0)
            return _signed == wider._signed ? _bits <= wider._bits : !_signed && _bits < wider._bits;

        return wider.Keyword switch
        {
            "half" => _bits is 8,
            "float" => _bits is 8 or 16 || Keyword is "half",
            "double" => _bits is 8 or 16 or 32 || Keyword is "half" or "float",
            "decimal" => _bits is > 0 and <= 64,
            _ => false,
        };
    }
}

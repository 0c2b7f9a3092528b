using System.Linq.Expressions;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Compiles what writes values of a type, as <see cref="AvroTypes.SchemaOf"/> describes them.</summary>
internal sealed class AvroWriters
{
    private readonly Dictionary<Type, Delegate> _records = [];

    public static Action<AvroOutput, T> Of<T>() => (Action<AvroOutput, T>)new AvroWriters().Of(AvroShape.Of(typeof(T)));

    private Delegate Of(AvroShape shape)
    {
        if (shape is { AllowsNull: true, Type.IsValueType: true })
            return Generic(nameof(OrNullValue), [shape.Type], Core(shape));
        return shape.AllowsNull ? Generic(nameof(OrNull), [shape.Type], Core(shape)) : Core(shape);
    }

    private Delegate Core(AvroShape shape)
    {
        Type type = shape.Type;
        if (shape.Item is { } item)
            return Generic(shape.IsMap ? nameof(Map) : nameof(List), [type, item.DeclaredType], Of(item));
        if (type.IsEnum)
            return Generic(nameof(Enumeration), [type]);
        return type switch
        {
            _ when type == typeof(bool) => (AvroOutput output, bool value) => output.WriteBoolean(value),
            _ when type == typeof(int) => (AvroOutput output, int value) => output.WriteLong(value),
            _ when type == typeof(short) => (AvroOutput output, short value) => output.WriteLong(value),
            _ when type == typeof(sbyte) => (AvroOutput output, sbyte value) => output.WriteLong(value),
            _ when type == typeof(byte) => (AvroOutput output, byte value) => output.WriteLong(value),
            _ when type == typeof(ushort) => (AvroOutput output, ushort value) => output.WriteLong(value),
            _ when type == typeof(uint) => (AvroOutput output, uint value) => output.WriteLong(value),
            _ when type == typeof(long) => (AvroOutput output, long value) => output.WriteLong(value),
            _ when type == typeof(float) => (AvroOutput output, float value) => output.WriteFloat(value),
            _ when type == typeof(double) => (AvroOutput output, double value) => output.WriteDouble(value),
            _ when type == typeof(string) => (AvroOutput output, string value) => output.WriteString(value ?? throw Null()),
            _ when type == typeof(byte[]) => (AvroOutput output, byte[] value) => output.WriteBytes(value ?? throw Null()),
            _ when type == typeof(Guid) => (AvroOutput output, Guid value) => output.WriteString(value.ToString()),
            _ when type == typeof(DateTimeOffset) => (AvroOutput output, DateTimeOffset value) => output.WriteLong(value.ToMicros()),
            _ when type == typeof(DateOnly) =>
                (AvroOutput output, DateOnly value) =>
                output.WriteLong(value.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber),
            _ when type == typeof(TimeOnly) =>
                (AvroOutput output, TimeOnly value) => output.WriteLong(value.Ticks / TimeSpan.TicksPerMicrosecond),
            _ when type == typeof(decimal) => (AvroOutput output, decimal value) => WriteDecimal(output, value),
            _ => Record(type),
        };
    }

    private Delegate Record(Type type)
    {
        if (_records.TryGetValue(type, out Delegate? known))
            return known;
        var compiled = (StrongBoxOf)Activator.CreateInstance(typeof(StrongBoxOf<>).MakeGenericType(type))!;
        _records[type] = compiled.Late;                // for a record that holds itself
        ParameterExpression output = Expression.Parameter(typeof(AvroOutput)), row = Expression.Parameter(type);
        var body = new List<Expression>();
        if (!type.IsValueType)
            body.Add(Expression.IfThen(Expression.ReferenceEqual(row, Expression.Constant(null)),
                Expression.Throw(Expression.Call(typeof(AvroWriters), nameof(Null), null))));
        body.Add(Expression.Call(output, nameof(AvroOutput.Enter), null));
        foreach (AvroMember member in AvroMember.Of(type))
        {
            Delegate write = Of(member.Shape);
            body.Add(Expression.Call(typeof(AvroWriters), nameof(WriteMember), [member.Property.PropertyType],
                Expression.Constant(write, typeof(Action<,>).MakeGenericType(typeof(AvroOutput), member.Property.PropertyType)), output,
                    Expression.Property(row, member.Property), Expression.Constant(member.Name)));
        }

        body.Add(Expression.Call(output, nameof(AvroOutput.Leave), null));
        Delegate made = Expression.Lambda(typeof(Action<,>).MakeGenericType(typeof(AvroOutput), type), Expression.Block(body), output, row)
            .Compile();
        compiled.Set(made);
        return _records[type] = made;
    }

    private static void WriteMember<TValue>(Action<AvroOutput, TValue> write, AvroOutput output, TValue value, string name)
    {
        try
        {
            write(output, value);
        }
        catch (AvroDataException error) when (error is not AvroDepthException)
        {
            throw new AvroDataException($"{name}{(error.Message.StartsWith('\'') ? "." : ": ")}{error.Message}");
        }
    }

    private static AvroDataException Null() => new("it is null, which its type does not allow. Make it nullable, or give it a value.");

    private static void WriteDecimal(AvroOutput output, decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        int scale = (bits[3] >> 16) & 0xFF;
        var mantissa = new BigInteger(new decimal(bits[0], bits[1], bits[2], false, 0));
        for (; scale > AvroTypes.DecimalScale; scale--)
        {
            mantissa = BigInteger.DivRem(mantissa, 10, out BigInteger digit);
            if (!digit.IsZero)
                throw new AvroDataException(
                    $"{value} has more than {AvroTypes.DecimalScale} digits behind the point. Round it, or make it a double or a text.");
        }

        mantissa *= BigInteger.Pow(10, AvroTypes.DecimalScale - scale);
        output.WriteBytes((value < 0 ? -mantissa : mantissa).ToByteArray(isUnsigned: false, isBigEndian: true));
    }

    private static Action<AvroOutput, T?> OrNullValue<T>(Action<AvroOutput, T> write)
        where T : struct => (output, value) =>
    {
        output.WriteLong(value is null ? 0 : 1);
        if (value is { } some)
            write(output, some);
    };

    private static Action<AvroOutput, T> OrNull<T>(Action<AvroOutput, T> write)
        where T : class => (output, value) =>
    {
        output.WriteLong(value is null ? 0 : 1);
        if (value is not null)
            write(output, value);
    };

    private static Action<AvroOutput, TEnum> Enumeration<TEnum>()
        where TEnum : struct, Enum
    {
        var indices = new Dictionary<TEnum, int>();
        foreach ((TEnum value, int index) in Enum.GetNames<TEnum>().Select((name, index) => (Enum.Parse<TEnum>(name), index)))
            indices.TryAdd(value, index);
        return (output, value) =>
            output.WriteLong(indices.TryGetValue(value, out int index) ? index
            : throw new AvroDataException($"{value} is none of the values of {typeof(TEnum).Name}."));
    }

    private static Action<AvroOutput, TList> List<TList, TItem>(Action<AvroOutput, TItem> write)
        where TList : IEnumerable<TItem> => (output, value) =>
    {
        if (value is null)
            throw Null();
        output.Enter();
        ICollection<TItem> items = value as ICollection<TItem> ?? [.. value];
        if (items.Count > 0)
        {
            output.WriteLong(items.Count);
            foreach (TItem item in items)
                write(output, item);
        }

        output.WriteLong(0);
        output.Leave();
    };

    private static Action<AvroOutput, TMap> Map<TMap, TValue>(Action<AvroOutput, TValue> write)
        where TMap : IEnumerable<KeyValuePair<string, TValue>> => (output, value) =>
    {
        if (value is null)
            throw Null();
        output.Enter();
        ICollection<KeyValuePair<string, TValue>> entries = value as ICollection<KeyValuePair<string, TValue>> ?? [.. value];
        if (entries.Count > 0)
        {
            output.WriteLong(entries.Count);
            foreach ((string key, TValue item) in entries)
            {
                output.WriteString(key);
                write(output, item);
            }
        }

        output.WriteLong(0);
        output.Leave();
    };

    private static Delegate Generic(string method, Type[] types, params object[] arguments) =>
        (Delegate)typeof(AvroWriters).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(types)
            .Invoke(null, arguments)!;

    /// <summary>A function that is known later.</summary>
    private abstract class StrongBoxOf
    {
        public abstract Delegate Late { get; }

        public abstract void Set(Delegate function);
    }

    private sealed class StrongBoxOf<T> : StrongBoxOf
    {
        private readonly StrongBox<Action<AvroOutput, T>?> _box = new();

        public override Delegate Late => (AvroOutput output, T value) => _box.Value!(output, value);

        public override void Set(Delegate function) => _box.Value = (Action<AvroOutput, T>)function;
    }
}

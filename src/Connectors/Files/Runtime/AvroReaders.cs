using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using ActorStreams.Core.Codecs;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Compiles what reads values of a type from what was written by another schema (schema resolution).</summary>
/// <remarks>What can never fit is an error before the first row; what may fit and does not (a branch, an enum's symbol) is one when it
/// occurs.</remarks>
internal sealed class AvroReaders
{
    private const int MaxSchemaDepth = 128;

    private readonly Dictionary<(AvroSchema, Type), Delegate> _records = [];
    private readonly Dictionary<AvroSchema, Action<AvroInput>> _skips = [];
    private readonly Dictionary<(AvroSchema, Type), SourceException> _unfit = [];
    private int _depth;

    /// <exception cref="SourceException">Values of the schema are never values of the type.</exception>
    public static (Func<AvroInput, T> Read, Action<AvroInput> Skip) Of<T>(AvroSchema written)
    {
        var readers = new AvroReaders();
        return ((Func<AvroInput, T>)readers.Of(written, AvroShape.Of(typeof(T)), typeof(T).Name), readers.SkipOf(written));
    }

    /// <summary>A schema that names its types one after the other can nest them deeper than its text is.</summary>
    private TMade Deeper<TMade>(Func<TMade> make)
    {
        if (++_depth > MaxSchemaDepth)
            throw new SourceException($"the file's schema nests its types more than {MaxSchemaDepth} deep.");
        try
        {
            return make();
        }
        finally
        {
            _depth--;
        }
    }

    private Delegate Of(AvroSchema written, AvroShape shape, string where)
    {
        if (written.Kind == AvroKind.Union)
            return Invoke(nameof(Union), [shape.DeclaredType], written, shape, where);
        if (shape is { AllowsNull: true, Type.IsValueType: true })
            return Invoke(nameof(Some), [shape.Type], Core(written, shape, where));
        return Core(written, shape, where);
    }

    private Delegate Core(AvroSchema written, AvroShape shape, string where)
    {
        Type type = shape.Type;
        if (shape.Item is { } item && written.Kind == (shape.IsMap ? AvroKind.Map : AvroKind.Array))
            return Invoke(shape.IsMap ? nameof(Map) : type.IsArray ? nameof(Array) : nameof(List), shape.IsMap || !type.IsArray
                ? [type, item.DeclaredType] : [item.DeclaredType], Of(written.Items[0], item, where), written.Items[0].MinBytes);
        if (type.IsEnum && written.Kind == AvroKind.Enum)
            return Invoke(nameof(Enumeration), [type], written.Symbols);
        if (written.Kind == AvroKind.Record && shape.Item is null && !type.IsEnum && !type.IsPrimitive && type != typeof(string))
            return RecordOnce(written, type, where);
        return AvroScalars.Of(written, type)
            ?? throw new SourceException(
                $"{where} is {(shape.AllowsNull ? "nullable " : "")}{type.Name}, but the file holds {written}. Change the member's type, or make it nullable and name it otherwise.");
    }

    /// <summary>What does not fit is found out once: branches of unions, and theirs, would try it again and again.</summary>
    private Delegate RecordOnce(AvroSchema written, Type type, string where)
    {
        if (_records.TryGetValue((written, type), out Delegate? known))
            return known;
        if (_unfit.TryGetValue((written, type), out SourceException? error))
            throw new SourceException(error.Message, error);
        try
        {
            return Deeper(() => Record(written, type, where));
        }
        catch (SourceException unfit)
        {
            _records.Remove((written, type));
            _unfit[(written, type)] = unfit;
            throw;
        }
    }

    private Delegate Record(AvroSchema written, Type type, string where)
    {
        var late = (LateReader)Activator.CreateInstance(typeof(LateReader<>).MakeGenericType(type))!;
        _records[(written, type)] = late.Function;     // for a record that holds itself
        IReadOnlyList<AvroMember> members = AvroMember.Of(type);
        ParameterExpression input = Expression.Parameter(typeof(AvroInput));
        ParameterExpression[] values = [.. members.Select(member => Expression.Variable(member.Property.PropertyType, member.Name))];
        var found = new bool[members.Count];
        var body = new List<Expression> { Expression.Call(input, nameof(AvroInput.Enter), null) };
        AvroField?[] fieldOf = FieldsOf(members, written.Fields);
        foreach (AvroField field in written.Fields)
        {
            int at = System.Array.IndexOf(fieldOf, field);
            if (at < 0)
            {
                body.Add(Expression.Invoke(Expression.Constant(SkipOf(field.Schema)), input));
                continue;
            }

            found[at] = true;
            Type memberType = members[at].Property.PropertyType;
            Delegate read = Of(field.Schema, members[at].Shape, $"{type.Name}.{members[at].Name}");
            body.Add(Expression.Assign(values[at],
                Expression.Invoke(Expression.Constant(read, typeof(Func<,>).MakeGenericType(typeof(AvroInput), memberType)), input)));
        }

        for (int at = 0; at < members.Count; at++)
        {
            AvroMember member = members[at];
            if (found[at])
                continue;
            if (!member.HasDefault && !member.Shape.AllowsNull)
                throw new SourceException(
                    $"{where}: the file's {written} has no field '{member.Name}'; it has {string.Join(", ", written.Fields.Select(field => field.Name))}. Make the member nullable, or give its parameter a default.");
            Type memberType = member.Property.PropertyType;
            body.Add(Expression.Assign(values[at], member is { HasDefault: true, Default: { } some }
                ? Expression.Convert(Expression.Constant(some), memberType) : Expression.Default(memberType)));
        }

        body.Add(Expression.Call(input, nameof(AvroInput.Leave), null));
        body.Add(members[0].IsParameter
            ? Expression.New(AvroMember.Constructor(type)!, values)
            : Expression.MemberInit(Expression.New(type), members.Select((member, at) => Expression.Bind(member.Property, values[at]))));
        Delegate made = Expression.Lambda(typeof(Func<,>).MakeGenericType(typeof(AvroInput), type), Expression.Block(values, body), input)
            .Compile();
        late.Set(made);
        return _records[(written, type)] = made;
    }

    /// <summary>The field that each member is read from: the one of its name, or else of its name whatever the case, or else of a former
    /// name; each field at most once.</summary>
    private static AvroField?[] FieldsOf(IReadOnlyList<AvroMember> members, List<AvroField> fields)
    {
        var found = new AvroField?[members.Count];
        Match(static (member, name) => name == member.Name);
        Match(static (member, name) => name.Equals(member.Name, StringComparison.OrdinalIgnoreCase));
        Match(static (member, name) => member.FormerNames.Contains(name, StringComparer.Ordinal));
        return found;

        void Match(Func<AvroMember, string, bool> isNamed)
        {
            for (int at = 0; at < found.Length; at++)
                found[at] ??= fields.Find(field => isNamed(members[at], field.Name) && !found.Contains(field));
        }
    }

    private Action<AvroInput> SkipOf(AvroSchema schema)
    {
        if (_skips.TryGetValue(schema, out Action<AvroInput>? known))
            return known;
        Action<AvroInput>? made = null;
        _skips[schema] = input => made!(input);            // for a record that holds itself
        return _skips[schema] = made = Deeper(() => MakeSkip(schema));
    }

    private Action<AvroInput> MakeSkip(AvroSchema schema)
    {
        switch (schema.Kind)
        {
            case AvroKind.Null:
                return static _ => { };
            case AvroKind.Boolean:
                return static input => input.ReadBoolean();
            case AvroKind.Int or AvroKind.Long or AvroKind.Enum:
                return static input => input.ReadLong();
            case AvroKind.Float:
                return static input => input.Take(sizeof(float));
            case AvroKind.Double:
                return static input => input.Take(sizeof(double));
            case AvroKind.Bytes or AvroKind.String:
                return static input => input.ReadBytes();
            case AvroKind.Fixed:
                return input => input.Take(schema.Size);
            case AvroKind.Record:
                Action<AvroInput>[] fields = [.. schema.Fields.Select(field => SkipOf(field.Schema))];
                return input =>
                {
                    input.Enter();
                    foreach (Action<AvroInput> field in fields)
                        field(input);
                    input.Leave();
                };
            case AvroKind.Union:
                Action<AvroInput>[] branches = [.. schema.Items.Select(SkipOf)];
                return input =>
                {
                    long branch = input.ReadLong();
                    if (branch < 0 || branch >= branches.Length)
                        throw new AvroDataException($"a union of {branches.Length} branches has none of number {branch}.");
                    branches[branch](input);
                };
            default:
                Action<AvroInput> item = SkipOf(schema.Items[0]);
                bool isMap = schema.Kind == AvroKind.Map;
                int minItem = schema.Items[0].MinBytes;
                minItem = isMap && minItem < int.MaxValue ? minItem + 1 : minItem;
                return input =>
                {
                    input.Enter();
                    for (long count = input.ReadPart(minItem); count > 0; count = input.ReadPart(minItem))
                    {
                        for (long at = 0; at < count; at++)
                        {
                            input.Count();
                            if (isMap)
                                input.ReadBytes();
                            item(input);
                        }
                    }

                    input.Leave();
                };
        }
    }

    private Func<AvroInput, T> Union<T>(AvroSchema written, AvroShape shape, string where)
    {
        var branches = new Func<AvroInput, T>?[written.Items.Count];
        string? error = null;
        for (int at = 0; at < branches.Length; at++)
        {
            try
            {
                branches[at] = written.Items[at].Kind == AvroKind.Null
                    ? shape.AllowsNull ? static _ => default! : null
                    : (Func<AvroInput, T>)Of(written.Items[at], shape, where);
            }
            catch (SourceException unfit)
            {
                error ??= unfit.Message;
            }
        }

        if (error is not null && System.Array.TrueForAll(branches, static branch => branch is null))
            throw new SourceException(error);
        return input =>
        {
            long branch = input.ReadLong();
            if (branch < 0 || branch >= branches.Length)
                throw new AvroDataException($"a union of {branches.Length} branches has none of number {branch}.");
            return branches[branch] is { } read ? read(input)
                : throw new AvroDataException($"{where} holds {written.Items[(int)branch]}, which does not fit {shape.Type.Name}.");
        };
    }

    private static Func<AvroInput, T?> Some<T>(Func<AvroInput, T> read)
        where T : struct => input => read(input);

    private static Func<AvroInput, TEnum> Enumeration<TEnum>(IReadOnlyList<string> symbols)
        where TEnum : struct, Enum
    {
        TEnum?[] values =
            [.. symbols.Select(
            symbol => Enum.GetNames<TEnum>().Contains(symbol, StringComparer.Ordinal) ? Enum.Parse<TEnum>(symbol) : (TEnum?)null)];
        return input =>
        {
            long index = input.ReadLong();
            return (index >= 0 && index < values.Length ? values[index] : null)
                ?? throw new AvroDataException($"{AvroScalars.SymbolOf(symbols, index)} is none of the values of {typeof(TEnum).Name}.");
        };
    }

    private static Func<AvroInput, TItem[]> Array<TItem>(Func<AvroInput, TItem> read, int minItem) =>
        input => [.. Items(input, read, minItem)];

    private static Func<AvroInput, TList> List<TList, TItem>(Func<AvroInput, TItem> read, int minItem) =>
        input => (TList)(object)Items(input, read, minItem);

    private static List<TItem> Items<TItem>(AvroInput input, Func<AvroInput, TItem> read, int minItem)
    {
        var items = new List<TItem>();
        input.Enter();
        for (long count = input.ReadPart(minItem); count > 0; count = input.ReadPart(minItem))
        {
            for (long at = 0; at < count; at++)
            {
                input.Count();
                items.Add(read(input));
            }
        }

        input.Leave();
        return items;
    }

    private static Func<AvroInput, TMap> Map<TMap, TValue>(Func<AvroInput, TValue> read, int minItem) => input =>
    {
        var map = new Dictionary<string, TValue>(StringComparer.Ordinal);
        input.Enter();
        int minEntry = minItem < int.MaxValue ? minItem + 1 : minItem;
        for (long count = input.ReadPart(minEntry); count > 0; count = input.ReadPart(minEntry))
        {
            for (long at = 0; at < count; at++)
            {
                input.Count();
                string key = input.ReadString();
                map[key] = read(input);
            }
        }

        input.Leave();
        return (TMap)(object)map;
    };

    private Delegate Invoke(string method, Type[] types, params object[] arguments)
    {
        try
        {
            return (Delegate)typeof(AvroReaders).GetMethod(method,
                BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance)!.MakeGenericMethod(types).Invoke(this, arguments)!;
        }
        catch (TargetInvocationException error) when (error.InnerException is SourceException inner)
        {
            throw new SourceException(inner.Message, inner);
        }
    }

    /// <summary>A function that is known later.</summary>
    private abstract class LateReader
    {
        public abstract Delegate Function { get; }

        public abstract void Set(Delegate function);
    }

    private sealed class LateReader<T> : LateReader
    {
        private readonly StrongBox<Func<AvroInput, T>?> _box = new();

        public override Delegate Function => (AvroInput input) => _box.Value!(input);

        public override void Set(Delegate function) => _box.Value = (Func<AvroInput, T>)function;
    }
}

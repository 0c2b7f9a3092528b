using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Finds the shape of a type, or says which field of it cannot be stored, why, and what to do.</summary>
internal sealed class ShapeBuilder
{
    private static readonly Dictionary<Type, Type> s_sequences = new()
    {
        [typeof(List<>)] = typeof(ListPart<>),
        [typeof(HashSet<>)] = typeof(SetPart<>),
        [typeof(ImmutableArray<>)] = typeof(ImmutableArrayPart<>),
        [typeof(IReadOnlyList<>)] = typeof(ReadOnlyListPart<>),
    };

    private readonly Type _root;
    private readonly Dictionary<Type, Shape> _shapes = [];

    private ShapeBuilder(Type root) => _root = root;

    public static Shape Build(Type root)
    {
        var builder = new ShapeBuilder(root);
        return builder.Build(root, "");
    }

    /// <summary>The error for what is at <paramref name="path"/>.</summary>
    public CodecException CannotStore(Type type, string path, string why) => new(
        path.Length == 0
            ? $"Type '{TypeName.Of(_root)}' cannot be stored: {why}"
            : $"Type '{TypeName.Of(_root)}', field '{path}' of type '{TypeName.Of(type)}' cannot be stored: {why}");

    public Shape Build(Type type, string path)
    {
        if (_shapes.TryGetValue(type, out Shape? known))
            return known;

        Shape shape = Make(type, path);
        _shapes.TryAdd(type, shape);
        return shape;
    }

    private Shape Make(Type type, string path)
    {
        if (Scalar.Of(type.IsEnum ? Enum.GetUnderlyingType(type) : type) is { } scalar)
            return new ScalarShape(type, scalar);
        if (Nullable.GetUnderlyingType(type) is { } value)
            return new NullableShape(type, Build(value, path));
        if (type.IsSZArray)
            return new SequenceShape(type, isSet: false, typeof(ArrayPart<>), Build(type.GetElementType()!, path + "[]"));

        Type? generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        Type[] arguments = type.GetGenericArguments();
        if (generic is not null && s_sequences.TryGetValue(generic, out Type? part))
            return new SequenceShape(type, generic == typeof(HashSet<>), part, Build(arguments[0], path + "[]"));
        if (generic == typeof(Dictionary<,>) || generic == typeof(IReadOnlyDictionary<,>))
            return new MapShape(type, Build(arguments[0], path + "[key]"), Build(arguments[1], path + "[value]"));
        if (type.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal))
            return new TupleShape(type, Items(type, path));

        return MakeRecordOrCases(type, path);
    }

    private List<TupleItem> Items(Type type, string path)
    {
        var items = new List<TupleItem>();
        var rest = new List<FieldInfo>();
        while (true)
        {
            foreach (FieldInfo field in type.GetFields().Where(field => field.Name is not "Rest"))
                items.Add(new TupleItem([.. rest, field], Build(field.FieldType, Inside(path, $"Item{items.Count + 1}"))));
            if (type.GetField("Rest") is not { } more)
                return items;
            if (!more.FieldType.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal))
                throw CannotStore(type, path, "its Rest is not a tuple. Write it as a C# tuple.");
            rest.Add(more);
            type = more.FieldType;
        }
    }

    private Shape MakeRecordOrCases(Type type, string path)
    {
        if (type.IsPointer || type.IsByRef || type.IsByRefLike || type == typeof(nint) || type == typeof(nuint))
            throw CannotStore(type, path,
                "addresses mean nothing after a restart. Store what they point to, or mark the field [NotStored].");
        if (type.IsArray)
            throw CannotStore(type, path, "an array of several dimensions is not supported. Use an array of arrays.");
        if (type == typeof(object))
            throw CannotStore(type, path,
                "it could hold anything. Give it a concrete type, or an abstract one that lists its cases in [StoredCases], or mark it [NotStored].");
        if (typeof(Delegate).IsAssignableFrom(type))
            throw CannotStore(type, path, "code is not data. Store what it is made from, or mark it [NotStored].");
        if (type.GetCustomAttribute<StoredCasesAttribute>(inherit: false) is { } cases)
            return MakeCases(type, cases.Cases, path);
        if (type.IsAbstract)
            throw CannotStore(type, path,
                "it is abstract, and the types it stands for are not listed. List them on it, [StoredCases(typeof(A), typeof(B))], or use a concrete type.");
        if (IsOfFramework(type))
            throw CannotStore(type, path,
                "it is a type of .NET that the codec does not know. Store it as text, numbers or a record of your own, or mark the field [NotStored].");

        if (type.IsDefined(typeof(InlineArrayAttribute)) || type.IsDefined(typeof(UnsafeValueTypeAttribute)))
            throw CannotStore(type, path, "inline arrays and fixed buffers are not supported. Use an array.");

        var record = new RecordShape(type, StoredName(type))
        {
            FormerNames = [.. type.GetCustomAttributes<FormerNameAttribute>(inherit: false).Select(one => one.Name)],
        };
        _shapes.Add(type, record);
        new MemberFinder(this, record).Fill(path);
        return record;
    }

    private UnionShape MakeCases(Type type, IReadOnlyList<Type> cases, string path)
    {
        if (!type.IsAbstract || cases.Count == 0)
            throw CannotStore(type, path, "[StoredCases] belongs on an abstract class or an interface, and lists at least one case.");

        var union = new UnionShape(type, StoredName(type));
        _shapes.Add(type, union);
        var shapes = new List<RecordShape>();
        foreach (Type one in cases)
        {
            string at = $"{(path.Length == 0 ? "" : path + ".")}({TypeName.Of(one)})";
            if (!type.IsAssignableFrom(one))
                throw CannotStore(one, at,
                    $"[StoredCases] of '{TypeName.Of(type)}' lists it, and it is none of them. Derive it, or take it off the list.");
            if (one.IsAbstract || Build(one, at) is not RecordShape record)
                throw CannotStore(one, at,
                    $"[StoredCases] of '{TypeName.Of(type)}' lists it, and it is no concrete record, class or struct. List its concrete cases.");
            if (shapes.Exists(other => other.Name == record.Name))
                throw CannotStore(one, at, $"two cases have the name '{record.Name}'. Give one of them another with [StoredName].");
            shapes.Add(record);
        }

        union.Cases = shapes;
        return union;
    }

    /// <summary>The name of a field inside of another.</summary>
    public static string Inside(string path, string name) => path.Length == 0 ? name : path + "." + name;

    private static string StoredName(Type type) => type.GetCustomAttribute<StoredNameAttribute>(inherit: false)?.Name
        ?? TypeName.Simple(type);

    private static bool IsOfFramework(Type type) =>
        type.Assembly.GetName().Name!.StartsWith("System.", StringComparison.Ordinal)
        && !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>));
}

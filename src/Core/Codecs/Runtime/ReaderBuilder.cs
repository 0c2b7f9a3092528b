using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Composes and compiles readers of values that one schema describes into the shapes of the code: the present schema or an older
/// one.</summary>
/// <remarks>
/// A field is found by its name, then by its former names. One that was not stored gets its constructor parameter's default value, else
/// what a new object holds; one that is no more is stepped over. Numbers may become wider without loss, and values nullable.
/// </remarks>
internal sealed class ReaderBuilder(SchemaDocument written, Type root)
{
    private readonly Dictionary<(Shape, SchemaNode), object> _made = [];
    private readonly SkipperBuilder _skippers = new(written);

    /// <summary>The <see cref="ValueReader{T}"/> of a shape.</summary>
    public object Reader(Shape shape, SchemaNode node, string path)
    {
        if (_made.TryGetValue((shape, node), out object? made))
            return made;

        // whoever meets the shape again while it is being made gets the way back
        object back = Parts.Make(typeof(RecursiveReader<>), [shape.Type]);
        _made.Add((shape, node), back);
        object reader = Make(shape, node, path);
        back.GetType().GetProperty(nameof(RecursiveReader<>.Target))!.SetValue(back, reader);
        _made[(shape, node)] = reader;
        return reader;
    }

    /// <summary>A compiled <see cref="ReadValue{T}"/>.</summary>
    private Delegate Compile(Shape shape, SchemaNode node, string path)
    {
        var plan = new ReadPlan(Expression.Parameter(typeof(BlobReader).MakeByRefType(), "reader"));
        Expression value;
        if (shape is RecordShape { Type.IsValueType: false } record)
        {
            SchemaRecord fields = RecordOf(record, node is SchemaNode.Optional optional ? optional.Value : node, path);
            value = Fields(plan, record, fields, path);
            if (node is SchemaNode.Optional)
            {
                BlockExpression present = plan.ToBlock(value);
                plan = new ReadPlan(plan.Reader);
                value = Expression.Condition(Expression.Call(typeof(Presence), nameof(Presence.Read), typeArguments: null, plan.Reader),
                    present, Expression.Default(shape.Type));
            }
        }
        else
        {
            value = Emit(plan, shape, node, path);
        }

        return Lambda(plan, value);
    }

    private object Make(Shape shape, SchemaNode node, string path)
    {
        switch (shape, node)
        {
            case (NullableShape nullable, SchemaNode.Optional optional):
                return Parts.Make(typeof(NullableReader<>), [nullable.Value.Type], Reader(nullable.Value, optional.Value, path));
            case (SequenceShape to, SchemaNode.Sequence from) when to.IsSet == from.IsSet:
                return Parts.Make(typeof(SequenceReader<,>), [to.Type, to.Element.Type],
                    Parts.Make(to.Part, [to.Element.Type]), Reader(to.Element, from.Element, path + "[]"),
                        written.LeastBytes(from.Element));
            case (MapShape to, SchemaNode.Map from):
                return Parts.Make(typeof(MapReader<,,>), [to.Type, to.Key.Type, to.Value.Type], Reader(to.Key, from.Key, path + "[key]"),
                    Reader(to.Value, from.Value, path + "[value]"), written.LeastBytes(from.Key) + written.LeastBytes(from.Value));
            case (UnionShape to, SchemaNode.Reference from) when written.Definitions[from.Name].Cases is { } cases:
                return Parts.Make(typeof(UnionReader<>), [to.Type], Cases(to, cases, path));
            case (SequenceShape or MapShape or UnionShape, _):
                throw Cannot(shape, node, path);
            default:
                return Parts.Make(typeof(CompiledReader<>), [shape.Type], Compile(shape, node, path),
                    shape is ScalarShape { Scalar.IsRaw: true } scalar && node is SchemaNode.OfScalar same && same.Scalar == scalar.Scalar);
        }
    }

    private Array Cases(UnionShape union, IReadOnlyList<SchemaRecord> cases, string path)
    {
        var readers = Array.CreateInstance(typeof(CaseReader<>).MakeGenericType(union.Type), cases.Count);
        for (int number = 0; number < cases.Count; number++)
        {
            SchemaRecord from = cases[number];
            RecordShape to = union.Cases.FirstOrDefault(one => one.Name == from.Name)
                ?? union.Cases.FirstOrDefault(one => one.FormerNames.Contains(from.Name))
                ?? throw new CodecException(
                    $"{Where(path)} was stored with a case '{from.Name}', and '{TypeName.Of(union.Type)}' lists none of that name. " +
                    $"Keep the case in [StoredCases]; if it was renamed, mark it [FormerName(\"{from.Name}\")].");

            var plan = new ReadPlan(Expression.Parameter(typeof(BlobReader).MakeByRefType(), "reader"));
            Delegate fields = Lambda(plan, Fields(plan, to, from, $"{path}({from.Name})"));
            readers.SetValue(
                Parts.Make(typeof(CaseReader<,>), [union.Type, to.Type], Parts.Make(typeof(CompiledReader<>), [to.Type], fields, false)),
                number);
        }

        return readers;
    }

    private Expression Emit(ReadPlan plan, Shape shape, SchemaNode node, string path)
    {
        switch (shape, node)
        {
            case (ScalarShape { Scalar.SizeBytes: > 0 } to, SchemaNode.OfScalar from) when from.Scalar.FitsInto(to.Scalar):
                return from.Scalar == to.Scalar
                    ? plan.Peek(from.Scalar, to.Type)
                    : ConvertTo(to.Type, Expression.Convert(plan.Peek(from.Scalar, from.Scalar.Type), to.Scalar.Type));
            case (ScalarShape { Scalar.SizeBytes: 0 }, SchemaNode.OfScalar { Scalar.SizeBytes: 0 }):
                return plan.Call(typeof(Text).GetMethod(nameof(Text.Read))!);
            case (ScalarShape, _):
                throw Cannot(shape, node, path);
            case (NullableShape to, not SchemaNode.Optional):
                return Expression.Convert(Emit(plan, to.Value, node, path), to.Type);
            case (TupleShape to, SchemaNode.Tuple from) when from.Items.Count <= to.Items.Count:
                return Items(plan, to, from, path);
            case (TupleShape, _):
                throw Cannot(shape, node, path);
            case (RecordShape { Type.IsValueType: true } to, _):
                return Fields(plan, to, RecordOf(to, node, path), path);
            default:
                return plan.CallPart(Reader(shape, node, path));
        }
    }

    private Expression Items(ReadPlan plan, TupleShape to, SchemaNode.Tuple from, string path)
    {
        ParameterExpression tuple = Expression.Variable(to.Type);
        var assigned = new List<Expression>();
        for (int at = 0; at < from.Items.Count; at++)
        {
            TupleItem item = to.Items[at];
            Expression value = Emit(plan, item.Shape, from.Items[at], ShapeBuilder.Inside(path, $"Item{at + 1}"));
            assigned.Add(Expression.Assign(item.Path.Aggregate((Expression)tuple, Expression.Field), value));
        }

        if (from.Items.Count == 0)
            plan.Skip(1);
        return Expression.Block(to.Type, [tuple], [Expression.Assign(tuple, Expression.Default(to.Type)), .. assigned, tuple]);
    }

    private Expression Fields(ReadPlan plan, RecordShape to, SchemaRecord from, string path)
    {
        var values = new Dictionary<Member, Expression>();
        foreach (SchemaField field in from.Fields)
        {
            Member? member = to.Members.FirstOrDefault(one => one.Name == field.Name)
                ?? to.Members.FirstOrDefault(
                    one => one.FormerNames.Contains(field.Name) && !from.Fields.Any(other => other.Name == one.Name));
            if (member is not null && !values.ContainsKey(member))
                values.Add(member, Emit(plan, member.Shape, field.Node, ShapeBuilder.Inside(path, member.Name)));
            else if (written.FixedBytes(field.Node) is > 0 and var size)
                plan.Skip(size);
            else
                plan.Add(Expression.Call(Expression.Constant(_skippers.Build(field.Node)), nameof(Skipper.Skip), typeArguments: null,
                    plan.Reader));
        }

        // what has no fields takes a byte
        if (from.Fields.Count == 0)
            plan.Skip(1);
        return RecordMaker.Make(to, values);
    }

    private SchemaRecord RecordOf(RecordShape shape, SchemaNode node, string path) =>
        node is SchemaNode.Reference reference && written.Definitions[reference.Name].Record is { } record ? record
            : throw Cannot(shape, node, path);

    private static Expression ConvertTo(Type type, Expression value) => value.Type == type ? value : Expression.Convert(value, type);

    private static Delegate Lambda(ReadPlan plan, Expression value) =>
        Expression.Lambda(typeof(ReadValue<>).MakeGenericType(value.Type), plan.ToBlock(value), plan.Reader).Compile();

    private string Where(string path) => path.Length == 0 ? $"Type '{TypeName.Of(root)}'" : $"Type '{TypeName.Of(root)}', field '{path}'";

    private CodecException Cannot(Shape shape, SchemaNode node, string path)
    {
        string fault =
            $"{Where(path)} was stored as '{SchemaPrinter.Print(node)}' and is now '{TypeName.Of(shape.Type)}', which cannot hold every stored value.";
        string remedy = path.Length == 0
            ? "Keep the old type, or store values of the new one under another name."
            : "Keep the old type, or give the new field another name (and stored name) and compute it from the old one.";
        return new CodecException($"{fault} {remedy}") { Field = path, Fault = fault };
    }
}

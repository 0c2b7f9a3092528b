using System.Linq.Expressions;
using System.Reflection;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Composes and compiles the writers of a shape and of what it is made of. Others may write some of it in another form.</summary>
internal class WriterBuilder
{
    private readonly Dictionary<Shape, object> _made = [];

    /// <summary>The <see cref="ValueWriter{T}"/> of a shape.</summary>
    public object Writer(Shape shape)
    {
        if (_made.TryGetValue(shape, out object? made))
            return made;

        // whoever meets the shape again while it is being made gets the way back
        object back = Parts.Make(typeof(RecursiveWriter<>), [shape.Type]);
        _made.Add(shape, back);
        object writer = Make(shape);
        back.GetType().GetProperty(nameof(RecursiveWriter<>.Target))!.SetValue(back, writer);
        _made[shape] = writer;
        return writer;
    }

    /// <summary>What is written for a scalar of a type.</summary>
    protected virtual Expression Scalar(Type type, Expression value) => value;

    /// <summary>Whether the bytes of a scalar in memory are the written ones.</summary>
    protected virtual bool IsRaw(ScalarShape scalar) => scalar.Scalar.IsRaw;

    /// <summary>Which members of a record are written.</summary>
    protected virtual IReadOnlyList<Member> MembersOf(RecordShape record) => record.Members;

    /// <summary>Whether <see cref="MakeOwn"/> writes the shape, whatever it is.</summary>
    protected virtual bool IsOwn(Shape shape) => false;

    protected virtual object MakeOwn(Shape shape) => throw new NotSupportedException();

    /// <summary>A compiled <see cref="WriteValue{T}"/>. That a case is not null is known, and not written.</summary>
    private Delegate Compile(Shape shape, bool isCase)
    {
        ParameterExpression writer = Expression.Parameter(typeof(BlobWriter), "writer");
        ParameterExpression value = Expression.Parameter(shape.Type.MakeByRefType(), "value");
        var plan = new WritePlan(writer);
        if (shape is RecordShape { Type.IsValueType: false } record)
            EmitClass(plan, record, value, isCase);
        else
            Emit(plan, shape, value);
        return Expression.Lambda(typeof(WriteValue<>).MakeGenericType(shape.Type), plan.ToBlock(), writer, value).Compile();
    }

    private object Make(Shape shape) => shape switch
    {
        _ when IsOwn(shape) => MakeOwn(shape),
        NullableShape nullable => Parts.Make(typeof(NullableWriter<>), [nullable.Value.Type], Writer(nullable.Value)),
        SequenceShape sequence => Parts.Make(typeof(SequenceWriter<,>), [sequence.Type, sequence.Element.Type],
            Parts.Make(sequence.Part, [sequence.Element.Type]), Writer(sequence.Element)),
        MapShape map => Parts.Make(typeof(MapWriter<,,>), [map.Type, map.Key.Type, map.Value.Type], Writer(map.Key), Writer(map.Value)),
        UnionShape union => Parts.Make(typeof(UnionWriter<>), [union.Type], Cases(union)),
        _ => Parts.Make(typeof(CompiledWriter<>), [shape.Type], Compile(shape, isCase: false), shape is ScalarShape scalar
            && IsRaw(scalar)),
    };

    private Array Cases(UnionShape union)
    {
        var cases = Array.CreateInstance(typeof(CaseWriter<>).MakeGenericType(union.Type), union.Cases.Count);
        for (int number = 0; number < cases.Length; number++)
        {
            RecordShape one = union.Cases[number];
            object fields = IsOwn(one) ? MakeOwn(one) : Parts.Make(typeof(CompiledWriter<>), [one.Type], Compile(one, isCase: true), false);
            cases.SetValue(Parts.Make(typeof(CaseWriter<,>), [union.Type, one.Type], fields), number);
        }

        return cases;
    }

    private void EmitClass(WritePlan plan, RecordShape record, Expression value, bool isCase)
    {
        if (isCase)
        {
            EmitMembers(plan, record, value);
            return;
        }

        var body = new WritePlan(plan.Writer);
        if (!record.Type.IsSealed)
            body.Add(Expression.Call(typeof(Presence), nameof(Presence.RequireExactly), [record.Type], value));
        body.Put(Runtime.Scalar.Of(typeof(byte))!, Expression.Constant((byte)1));
        EmitMembers(body, record, value);
        plan.Add(Expression.IfThenElse(
            Expression.ReferenceEqual(value, Expression.Constant(null, record.Type)),
            Expression.Call(plan.Writer, nameof(BlobWriter.WriteByte), typeArguments: null, Expression.Constant((byte)0)),
            body.ToBlock()));
    }

    /// <summary>Structs are written in line, because a run of fixed-size fields takes room once; everything else is a part of its
    /// own.</summary>
    private void Emit(WritePlan plan, Shape shape, Expression value)
    {
        switch (shape)
        {
            case var _ when IsOwn(shape):
                plan.CallPart(Writer(shape), value);
                break;
            case ScalarShape { Scalar.SizeBytes: > 0 } scalar:
                plan.Put(scalar.Scalar, shape.Type == scalar.Scalar.Type ? Scalar(shape.Type, value)
                    : Expression.Convert(value, scalar.Scalar.Type));
                break;
            case ScalarShape:
                plan.Call(typeof(Text).GetMethod(nameof(Text.Write))!, value);
                break;
            case TupleShape { Items.Count: > 0 } tuple:
                foreach (TupleItem item in tuple.Items)
                    Emit(plan, item.Shape, item.Path.Aggregate(value, Expression.Field));
                break;
            case TupleShape:
                plan.Put(Runtime.Scalar.Of(typeof(byte))!, Expression.Constant((byte)0));
                break;
            case RecordShape { Type.IsValueType: true } record:
                EmitMembers(plan, record, value);
                break;
            default:
                plan.CallPart(Writer(shape), value);
                break;
        }
    }

    private void EmitMembers(WritePlan plan, RecordShape record, Expression value)
    {
        IReadOnlyList<Member> members = MembersOf(record);
        foreach (Member member in members)
        {
            Expression field = member.Info is FieldInfo info ? Expression.Field(value, info)
                : Expression.Property(value, (PropertyInfo)member.Info);
            Emit(plan, member.Shape, member.Info is PropertyInfo && member.Shape is TupleShape or RecordShape { Type.IsValueType: true }
                ? plan.Once(field) : field);
        }

        if (members.Count == 0)
            plan.Put(Runtime.Scalar.Of(typeof(byte))!, Expression.Constant((byte)0));
    }
}

using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>An aggregate by expressions over its state.</summary>
/// <param name="Added">Each column of the state (input 0) with a row more (input 1).</param>
/// <param name="Merged">Each column with all that another state has (input 1).</param>
/// <param name="Unmerged">Each column less another state (input 1), exactly; null: it is not possible.</param>
/// <param name="Results">What comes out, of the state (input 0).</param>
internal sealed record CompiledAggregate(
    IReadOnlyList<BoundExpression> Added, IReadOnlyList<BoundExpression> Merged, IReadOnlyList<BoundExpression>? Unmerged,
    IReadOnlyList<BoundExpression> Results);

/// <summary>Writes an aggregate as a struct of its own, so that the loops of the operators are compiled around it, without a call for each
/// row. What it computes must not fail.</summary>
internal sealed class AggregateCompiler
{
    private const MethodAttributes Implements = MethodAttributes.Public | MethodAttributes.HideBySig | MethodAttributes.Virtual
        | MethodAttributes.Final | MethodAttributes.NewSlot;

    private static int s_made;

    private readonly TypeBuilder _type;
    private readonly RowContext _context;
    private readonly List<(string Field, ConstantPool Pool)> _pools = [];

    private AggregateCompiler(Type row, RowContext context)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"ActorStreams.Sql.Aggregate{Interlocked.Increment(ref s_made)}");
        _type = OpenModule.Define(name, [row]).DefineType("Aggregate",
            TypeAttributes.Public | TypeAttributes.Sealed | TypeAttributes.SequentialLayout, typeof(ValueType));
        _context = context;
    }

    /// <summary>An <see cref="IAggregator{TIn, TAcc, TOut}"/> and <see cref="IMergeable{TAcc}"/>.</summary>
    /// <param name="row">What is added; one that weighs more counts more than once.</param>
    /// <param name="state">What is kept; its default is the empty state.</param>
    /// <param name="result">What comes out.</param>
    /// <param name="aggregate">What is computed.</param>
    /// <param name="context">Of the statement.</param>
    public static object Of(RowCarrier row, RowLayout state, RowLayout result, CompiledAggregate aggregate, RowContext context)
    {
        var compiler = new AggregateCompiler(row.Type, context);
        compiler.Write(row, state, result, aggregate);
        Type made = compiler._type.CreateType();
        object instance = Activator.CreateInstance(made)!;
        foreach ((string field, ConstantPool pool) in compiler._pools)
            made.GetField(field)!.SetValue(instance, pool.ToArray());
        return instance;
    }

    private void Write(RowCarrier row, RowLayout state, RowLayout result, CompiledAggregate aggregate)
    {
        Type adds = typeof(IAggregator<,,>).MakeGenericType(row.Type, state.Row, result.Row);
        Type merges = typeof(IMergeable<>).MakeGenericType(state.Row);
        _type.AddInterfaceImplementation(adds);
        _type.AddInterfaceImplementation(merges);
        Type reference = state.Row.MakeByRefType();
        InputRow kept = new(state, static il => il.Emit(OpCodes.Ldarg_1)), other = new(state, static il => il.Emit(OpCodes.Ldarg_2));
        var added = new InputRow(row.Rows[0].Layout, il =>
        {
            il.Emit(OpCodes.Ldarg_2);
            row.Rows[0].Follow(il);
        });
        Add(adds, [reference, row.Type.MakeByRefType()], row, state, [kept, added], aggregate.Added);
        MethodBuilder merge = Change("Merge", [reference, reference], state, [kept, other], aggregate.Merged);
        _type.DefineMethodOverride(merge, adds.GetMethod("Merge")!);
        _type.DefineMethodOverride(merge, merges.GetMethod("Merge")!);
        MethodBuilder can = _type.DefineMethod("get_CanUnmerge", Implements, typeof(bool), Type.EmptyTypes);
        can.GetILGenerator().Emit(aggregate.Unmerged is null ? OpCodes.Ldc_I4_0 : OpCodes.Ldc_I4_1);
        can.GetILGenerator().Emit(OpCodes.Ret);
        _type.DefineMethodOverride(can, adds.GetProperty("CanUnmerge")!.GetMethod!);
        if (aggregate.Unmerged is { } unmerged)
        {
            _type.DefineMethodOverride(
                Change("Unmerge", [reference, reference], state, [kept, other], unmerged), adds.GetMethod("Unmerge")!);
        }

        Result(adds, reference, kept, result, aggregate.Results);
    }

    private void Add(
        Type adds, Type[] parameters, RowCarrier row, RowLayout state, InputRow[] inputs, IReadOnlyList<BoundExpression> columns)
    {
        MethodBuilder method = Method("Add", parameters);
        method.SetImplementationFlags(MethodImplAttributes.AggressiveInlining);
        ILGenerator il = method.GetILGenerator();
        Store(il, inputs, columns, state, static to => to.Emit(OpCodes.Ldarg_1));
        if (row.Weight is not null)
        {
            Label once = il.DefineLabel();
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Ldfld, row.Weight);
            il.Emit(OpCodes.Ldc_I4_1);
            il.Emit(OpCodes.Ble, once);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Call, AddMore(parameters, row.Weight, state, inputs, columns));
            il.MarkLabel(once);
        }

        il.Emit(OpCodes.Ret);
        _type.DefineMethodOverride(method, adds.GetMethod("Add")!);
    }

    /// <summary>A row once more for each weight behind the first.</summary>
    private MethodBuilder AddMore(
        Type[] parameters, FieldInfo weight, RowLayout state, InputRow[] inputs, IReadOnlyList<BoundExpression> columns)
    {
        MethodBuilder method = _type.DefineMethod("AddMore", MethodAttributes.Private, typeof(void), parameters);
        method.SetImplementationFlags(MethodImplAttributes.NoInlining);
        ILGenerator il = method.GetILGenerator();
        LocalBuilder left = il.DeclareLocal(typeof(int));
        Label again = il.DefineLabel();
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldfld, weight);
        il.Emit(OpCodes.Stloc, left);
        il.MarkLabel(again);
        Store(il, inputs, columns, state, static to => to.Emit(OpCodes.Ldarg_1));
        il.Emit(OpCodes.Ldloc, left);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Dup);
        il.Emit(OpCodes.Stloc, left);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Bgt, again);
        il.Emit(OpCodes.Ret);
        return method;
    }

    private MethodBuilder Change(
        string name, Type[] parameters, RowLayout state, InputRow[] inputs, IReadOnlyList<BoundExpression> columns)
    {
        MethodBuilder method = Method(name, parameters);
        ILGenerator il = method.GetILGenerator();
        Store(il, inputs, columns, state, static to => to.Emit(OpCodes.Ldarg_1));
        il.Emit(OpCodes.Ret);
        return method;
    }

    private void Result(Type adds, Type reference, InputRow kept, RowLayout result, IReadOnlyList<BoundExpression> columns)
    {
        MethodBuilder method = _type.DefineMethod("Result", Implements, CallingConventions.HasThis, result.Row, null, null, [reference],
            [[typeof(InAttribute)]], null);
        ILGenerator il = method.GetILGenerator();
        LocalBuilder made = il.DeclareLocal(result.Row);
        Store(il, [kept], columns, result, to => to.Emit(OpCodes.Ldloca, made));
        il.Emit(OpCodes.Ldloc, made);
        il.Emit(OpCodes.Ret);
        _type.DefineMethodOverride(method, adds.GetMethod("Result")!);
    }

    /// <summary>A method of two references, the second of which is only read.</summary>
    private MethodBuilder Method(string name, Type[] parameters) => _type.DefineMethod(name, Implements, CallingConventions.HasThis,
        typeof(void), null, null, parameters, [[], [typeof(InAttribute)]], null);

    /// <summary>Each column into its field; a column is computed of itself and the other row alone.</summary>
    private void Store(
        ILGenerator il, InputRow[] inputs, IReadOnlyList<BoundExpression> columns, RowLayout target, Action<ILGenerator> address)
    {
        string field = string.Create(CultureInfo.InvariantCulture, $"Constants{_pools.Count}");
        FieldBuilder constants = _type.DefineField(field, typeof(object[]), FieldAttributes.Public);
        var pool = new ConstantPool(_context, to =>
        {
            to.Emit(OpCodes.Ldarg_0);
            to.Emit(OpCodes.Ldfld, constants);
        });
        _pools.Add((field, pool));
        pool.Load(il, columns);
        var code = new ExpressionCode(il, inputs, pool);
        for (int at = 0; at < columns.Count; at++)
            code.Store(columns[at], target.Fields[at], address);
    }
}

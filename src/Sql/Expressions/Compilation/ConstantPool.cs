using System.Reflection.Emit;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>Constants that code cannot hold itself: they stand in an array that the method is given, and are loaded once a call, before any
/// row.</summary>
internal sealed class ConstantPool
{
    private readonly List<object?> _values;
    private readonly Dictionary<ConstantExpression, LocalBuilder> _locals = [];

    private readonly Action<ILGenerator> _array;

    /// <param name="context">What now() reads.</param>
    /// <param name="array">Loads the array; null: it is the first argument.</param>
    public ConstantPool(RowContext context, Action<ILGenerator>? array = null) =>
        (_values, _array) = ([context], array ?? (static il => il.Emit(OpCodes.Ldarg_0)));

    public object?[] ToArray() => [.. _values];

    /// <summary>Loads all constants of some expressions into locals of the method.</summary>
    public void Load(ILGenerator il, IEnumerable<BoundExpression> expressions)
    {
        foreach (ConstantExpression constant in expressions.SelectMany(static one => one.All()).OfType<ConstantExpression>())
        {
            if (constant.Value is null || IsPlain(constant.Value) || _locals.ContainsKey(constant))
                continue;
            LocalBuilder local = il.DeclareLocal(constant.Value.GetType());
            _array(il);
            il.Emit(OpCodes.Ldc_I4, _values.Count);
            il.Emit(OpCodes.Ldelem_Ref);
            il.Emit(OpCodes.Unbox_Any, local.LocalType);
            il.Emit(OpCodes.Stloc, local);
            _values.Add(constant.Value);
            _locals[constant] = local;
        }
    }

    public LocalBuilder LocalOf(ConstantExpression constant) => _locals[constant];

    /// <summary>Whether the code can hold it.</summary>
    public static bool IsPlain(object value) => value is bool or short or int or long or float or double or string;
}

using System.Reflection.Emit;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>Remembers in compiled code that something was null. It is not set where it is made.</summary>
internal sealed class NullFlag
{
    private readonly ILGenerator _il;
    private readonly LocalBuilder _isSet;

    public NullFlag(ILGenerator il)
    {
        (_il, _isSet) = (il, il.DeclareLocal(typeof(bool)));
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Stloc, _isSet);
    }

    public void Set()
    {
        _il.Emit(OpCodes.Ldc_I4_1);
        _il.Emit(OpCodes.Stloc, _isSet);
    }

    public void BranchIfSet(Label ifSet)
    {
        _il.Emit(OpCodes.Ldloc, _isSet);
        _il.Emit(OpCodes.Brtrue, ifSet);
    }
}

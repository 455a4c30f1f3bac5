"""The ways out to people's phones, behind one small interface (``provider.Provider``). One file, one provider."""

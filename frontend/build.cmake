krait_library(krait_frontend frontend)
target_link_libraries(krait_frontend PUBLIC krait_runtime)

# The tree's structs, constructors and tables come from one description, frontend/ast.nodes; the tables of the parser that finds
# errors from frontend/syntax_error.grammar.
find_program(PYTHON3 NAMES python3.11 python3 REQUIRED)
set(GENERATED_FRONTEND ${CMAKE_BINARY_DIR}/frontend/generated)
add_custom_command(
  OUTPUT ${GENERATED_FRONTEND}/ast_nodes.h ${GENERATED_FRONTEND}/ast_nodes.c
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/frontend/tools/generate_ast.py ${CMAKE_SOURCE_DIR}/frontend/ast.nodes
          ${GENERATED_FRONTEND}
  DEPENDS ${CMAKE_SOURCE_DIR}/frontend/ast.nodes ${CMAKE_SOURCE_DIR}/frontend/tools/generate_ast.py)
add_custom_command(
  OUTPUT ${GENERATED_FRONTEND}/syntax_error_tables.h ${GENERATED_FRONTEND}/syntax_error_rules.h
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/frontend/tools/generate_grammar.py
          ${CMAKE_SOURCE_DIR}/frontend/syntax_error.grammar ${CMAKE_SOURCE_DIR}/frontend/token.h ${GENERATED_FRONTEND}
  DEPENDS ${CMAKE_SOURCE_DIR}/frontend/syntax_error.grammar ${CMAKE_SOURCE_DIR}/frontend/tools/generate_grammar.py
          ${CMAKE_SOURCE_DIR}/frontend/token.h)
target_sources(krait_frontend PRIVATE ${GENERATED_FRONTEND}/ast_nodes.h ${GENERATED_FRONTEND}/ast_nodes.c
               ${GENERATED_FRONTEND}/syntax_error_tables.h ${GENERATED_FRONTEND}/syntax_error_rules.h)
target_include_directories(krait_frontend PUBLIC ${CMAKE_BINARY_DIR}/frontend)
